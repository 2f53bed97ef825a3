"""Everything on paper: certificates and their verification, attendance reports, signature sheets."""
