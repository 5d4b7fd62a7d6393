print("PocketStack")
