-- The comments on the tables, views and columns of this schema; column_name is
-- null for a comment on a table or view.
-- Source: Redshift's manual, COMMENT; PG_DESCRIPTION is a table of the leader
-- node's catalog, which provisioned clusters and Serverless both have.
select
    relations.relname as relation_name,
    attributes.attname as column_name,
    descriptions.description
from pg_description as descriptions
inner join pg_class as catalogs
    on
        descriptions.classoid = catalogs.oid
        and catalogs.relname = 'pg_class'
inner join pg_class as relations
    on descriptions.objoid = relations.oid
inner join pg_namespace as namespaces
    on relations.relnamespace = namespaces.oid
left join pg_attribute as attributes
    on
        descriptions.objoid = attributes.attrelid
        and descriptions.objsubid = attributes.attnum
where namespaces.nspname = current_schema()
