-- What of the amount is not to be taken any more, since parts of the order were cancelled or came back.
ALTER TABLE payments
  ADD COLUMN reduced bigint NOT NULL DEFAULT 0,
  DROP CONSTRAINT paid_means_captured,
  ADD CONSTRAINT paid_means_captured CHECK (status <> 'paid' OR captured BETWEEN amount - reduced AND amount),
  ADD CONSTRAINT reduced_at_most_the_amount CHECK (reduced BETWEEN 0 AND amount);
