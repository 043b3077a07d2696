"""What people listen to, and whether the numbers can be trusted: pages, report, views.

Airflow alone is touched in ``app``; the rest takes a ``Warehouse`` and gives values or text.
"""
