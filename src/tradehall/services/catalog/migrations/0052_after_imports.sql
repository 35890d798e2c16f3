-- A large import brings what statistics of before do not know: of its store PostgreSQL would expect a single product.
CREATE FUNCTION analyze_products() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  ANALYZE products, variants, attribute_values, product_tags;
END $$;
REVOKE EXECUTE ON FUNCTION analyze_products FROM PUBLIC;
GRANT EXECUTE ON FUNCTION analyze_products TO :app_role;
