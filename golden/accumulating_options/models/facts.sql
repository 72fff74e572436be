select "Order", part, "Geöffnet", seen from analytics.feed
