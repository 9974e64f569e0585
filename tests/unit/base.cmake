unit(base clock timestamp text id digest vault log mailbox)
