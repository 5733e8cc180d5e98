"""Celery: the app, the one-machine broker, the tasks, the reconciler."""
