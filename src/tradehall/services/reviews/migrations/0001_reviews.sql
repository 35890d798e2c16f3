-- Copies of orders, kept by their events: who bought what, and whether it arrived. `link` is the SHA-256 of the token that
-- lets a guest follow the order. Nothing of the buyer is kept but the name, of which reviews show a part.
CREATE TABLE orders (
  store_id    uuid,
  id          uuid,
  number      text NOT NULL,
  customer_id uuid,
  name        text NOT NULL,
  link        bytea NOT NULL CHECK (length(link) = 32),
  returned_at timestamptz,
  invited_at  timestamptz,
  PRIMARY KEY (store_id, id)
);
CALL protect('orders');
CREATE INDEX orders_of_customer ON orders (customer_id, store_id, id) WHERE customer_id IS NOT NULL;

-- A line of a confirmed order.
CREATE TABLE purchases (
  store_id     uuid,
  order_id     uuid,
  variant_id   uuid,
  product_id   uuid NOT NULL,
  seller_id    uuid NOT NULL,
  parcel_id    uuid NOT NULL,
  title        text NOT NULL,
  delivered_at timestamptz,
  PRIMARY KEY (store_id, order_id, variant_id),
  FOREIGN KEY (store_id, order_id) REFERENCES orders (store_id, id)
);
CALL protect('purchases');
CREATE INDEX purchases_of_product ON purchases (product_id, store_id, order_id);

CREATE TABLE reviews (
  store_id   uuid,
  id         uuid,
  order_id   uuid NOT NULL,
  variant_id uuid NOT NULL,
  product_id uuid NOT NULL,
  seller_id  uuid NOT NULL,
  name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
  rating     smallint NOT NULL CHECK (rating BETWEEN 1 AND 5),
  title      text NOT NULL CHECK (length(title) <= 120),
  text       text NOT NULL CHECK (length(text) <= 5000),
  pictures   jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(pictures) = 'array' AND jsonb_array_length(pictures) <= 5),
  status      text NOT NULL CHECK (status IN ('pending', 'published', 'hidden')),
  reason     text NOT NULL DEFAULT '',
  reports    int NOT NULL DEFAULT 0 CHECK (reports >= 0),
  reply      text CHECK (length(reply) BETWEEN 1 AND 2000),
  replied_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  edited_at  timestamptz,
  PRIMARY KEY (store_id, id),
  CONSTRAINT one_per_line UNIQUE (store_id, order_id, variant_id),
  FOREIGN KEY (store_id, order_id, variant_id) REFERENCES purchases (store_id, order_id, variant_id),
  CHECK ((reply IS NULL) = (replied_at IS NULL)),
  CHECK (status = 'hidden' OR reason = '')
);
CALL protect('reviews');
CREATE INDEX reviews_of_product ON reviews (product_id, store_id, id) WHERE status = 'published';
CREATE INDEX reviews_by_rating ON reviews (product_id, store_id, rating, id) WHERE status = 'published';
CREATE INDEX reviews_of_seller ON reviews (seller_id, store_id, id);
CREATE INDEX reviews_to_look_at ON reviews (store_id, id) WHERE status <> 'published' OR reports > 0;

CREATE TABLE comments (
  store_id   uuid,
  id         uuid,
  review_id  uuid NOT NULL,
  author_id  uuid NOT NULL,
  by_seller  boolean NOT NULL,
  name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
  text       text NOT NULL CHECK (length(text) BETWEEN 1 AND 2000),
  status      text NOT NULL CHECK (status IN ('pending', 'published', 'hidden')),
  reason     text NOT NULL DEFAULT '',
  reports    int NOT NULL DEFAULT 0 CHECK (reports >= 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  edited_at  timestamptz,
  PRIMARY KEY (store_id, id),
  FOREIGN KEY (store_id, review_id) REFERENCES reviews (store_id, id),
  CHECK (status = 'hidden' OR reason = '')
);
CALL protect('comments');
CREATE INDEX comments_of_review ON comments (review_id, store_id, id);
CREATE INDEX comments_to_look_at ON comments (store_id, id) WHERE status <> 'published' OR reports > 0;

-- Who found something wrong with a review or a comment: an account, or a keyed digest of where a guest came from.
CREATE TABLE reports (
  store_id  uuid,
  target_id uuid,
  reporter  bytea,
  reason    text NOT NULL CHECK (length(reason) <= 500),
  at        timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (store_id, target_id, reporter)
);
CALL protect('reports');

-- Whose words were hidden (a customer, or a guest's order): what they write next waits for approval, until something is approved.
CREATE TABLE watched (
  store_id uuid,
  id       uuid,
  since    timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (store_id, id)
);
CALL protect('watched');

-- Of a product all that counts: how many published reviews have one star, two, … Kept by difference, in the transaction
-- that publishes or hides.
CREATE TABLE ratings (
  store_id   uuid,
  product_id uuid,
  stars      int[] NOT NULL DEFAULT '{0,0,0,0,0}' CHECK (array_length(stars, 1) = 5 AND 0 <= ALL (stars)),
  version    bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (store_id, product_id)
);
CALL protect('ratings');

-- What the store decided; without a row, what a new store has.
CREATE TABLE settings (
  store_id          uuid PRIMARY KEY,
  approval          boolean NOT NULL,
  invite_after_days int NOT NULL CHECK (invite_after_days BETWEEN 0 AND 365)
);
CALL protect('settings');

-- Placed, confirmed: one transaction for orders of many stores.
CALL open_across('orders', 'SELECT, INSERT');
CALL open_across('purchases', 'SELECT, INSERT');
