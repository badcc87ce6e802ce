"""Knowledge packs: cases as one signed JSON file. What is read is hostile until each check has passed; nothing is run here."""
