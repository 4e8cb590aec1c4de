package e2e_test

func upgrades() []behaviour { return nil }
