-- Who bought a product is asked by buyer, never by product alone.
DROP INDEX purchases_of_product;
