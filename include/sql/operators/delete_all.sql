-- DELETE, for TRUNCATE would commit the transaction.
delete from {{ table }}
