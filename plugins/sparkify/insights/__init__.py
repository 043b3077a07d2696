"""What people listen to, and whether the numbers can be trusted: pages, report and views.

Only ``app`` uses Airflow. The other modules take a ``Warehouse`` and return values or text.
"""
