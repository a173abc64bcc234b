"""Decisions of people: releases, overrides, trainings, incidents and the original baseline."""
