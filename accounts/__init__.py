"""Staff: teams, people, roles, permissions and the audit trail."""
