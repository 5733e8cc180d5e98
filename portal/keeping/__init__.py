"""Keeping: units and accounts, the dashboard, the audit log, holds and corrections, and what Prometheus reads."""
