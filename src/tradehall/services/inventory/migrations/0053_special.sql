-- Asked for with each batch of orders: variants of which more may be ordered than there is, or that are low at more than is
-- usual. Of the others their levels say all there is to tell.
CREATE INDEX variants_special ON variants (id, store_id) WHERE backorder OR threshold > 10;
DROP INDEX variants_backordered;
