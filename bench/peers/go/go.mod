module loomloop/peer

go 1.19
