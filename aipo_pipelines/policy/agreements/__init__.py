"""Changed charters, contracts and standards: who must agree, and what they change."""
