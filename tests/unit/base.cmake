unit(base clock timestamp text id digest log mailbox)
