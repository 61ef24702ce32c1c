package main

import "time"

// pingPong has two goroutines, each of which awaits what the other one completes: channels for one value.
func pingPong(rounds int) {
	inbox := [2]chan int{make(chan int, 1), make(chan int, 1)}
	sums := [2]int{}
	together(2, func(which int) {
		for i := 0; i < rounds; i++ {
			if which == 0 {
				inbox[1] <- 1
			}
			sums[which] += <-inbox[which]
			inbox[which] = make(chan int, 1)
			if which == 1 {
				inbox[0] <- 1
			}
		}
	})
	check(sums[0] == rounds && sums[1] == rounds, "pingPong")
}

func awaitDone(count int) {
	kept := make([]chan int, 1024)
	sum := 0
	for i := 0; i < count; i++ {
		future := make(chan int, 1)
		kept[i%len(kept)] = future
		future <- 1
		sum += <-future
	}
	check(sum == count, "awaitDone")
}

// semaphoreHandOver has two goroutines, each of which waits for the permit of the other one. One that loses the processor while it
// does not stand in line lets the other one go on alone; a run in which that counts is done again.
func semaphoreHandOver(timesEach int) time.Time {
	for attempt := 0; attempt < 100; attempt++ {
		start := time.Now()
		if changes := takeTurns(timesEach); changes > 2*timesEach*99/100 {
			return start
		}
	}
	panic("the permit is not handed over")
}

// takeTurns returns how often the permit went to the other one.
func takeTurns(timesEach int) int {
	semaphore := make(chan struct{}, 1)
	last, changes := -1, 0
	together(2, func(which int) {
		semaphore <- struct{}{}
		yieldFor(1) // for the other one to stand in line
		for i := 0; i < timesEach; i++ {
			if last != which {
				changes++
				last = which
			}
			<-semaphore
			semaphore <- struct{}{}
		}
		<-semaphore
	})
	return changes
}

func queuePutAndGet(rounds int) {
	there := make(chan int, 16)
	back := make(chan int, 16)
	sum := 0
	together(2, func(which int) {
		for i := 0; i < rounds; i++ {
			if which == 0 {
				there <- 1
				sum += <-back
			} else {
				back <- <-there
			}
		}
	})
	check(sum == rounds, "queuePutAndGet")
}

// eventWake has two events, each set by one goroutine and awaited by the other. A channel that is closed is Go's event.
func eventWake(rounds int) {
	there := make(chan struct{})
	back := make(chan struct{})
	woken := [2]int{}
	together(2, func(which int) {
		for i := 0; i < rounds; i++ {
			if which == 0 {
				close(there)
				<-back
				back = make(chan struct{})
			} else {
				<-there
				there = make(chan struct{})
				close(back)
			}
			woken[which]++
		}
	})
	check(woken[0] == rounds && woken[1] == rounds, "eventWake")
}

// items come from a goroutine through a channel, Go's generator.
func items(count int) {
	generator := make(chan int)
	go func() {
		for i := 0; i < count; i++ {
			generator <- 1
		}
		close(generator)
	}()
	sum := 0
	for item := range generator {
		sum += item
	}
	check(sum == count, "item")
}
