"""What several tests share: services, peers, processes, terminals, browsers and recordings."""
