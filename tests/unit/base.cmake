unit(base clock timestamp text id digest vault signing log mailbox)
