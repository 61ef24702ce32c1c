package main

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// together runs so many bodies in goroutines of their own, until all have ended.
func together(tasks int, body func(int)) {
	var group sync.WaitGroup
	group.Add(tasks)
	for i := 0; i < tasks; i++ {
		go func(i int) {
			defer group.Done()
			body(i)
		}(i)
	}
	group.Wait()
}

func yieldFor(times int) {
	for i := 0; i < times; i++ {
		runtime.Gosched()
	}
}

//go:noinline
func deep(depth int, bottom func()) int {
	if depth == 1 {
		bottom()
		return 1
	}
	return deep(depth-1, bottom) + 1
}

func yieldInTurn(tasks, depth, timesEach int) {
	together(tasks, func(int) {
		check(deep(depth, func() { yieldFor(timesEach) }) == depth, "depth")
	})
}

func callDown(depth, timesEach int) {
	together(2, func(int) {
		for i := 0; i < timesEach; i++ {
			check(deep(depth, runtime.Gosched) == depth, "depth")
		}
	})
}

func oneByOne(count int) {
	ran := 0
	for i := 0; i < count; i++ {
		done := make(chan struct{})
		go func() {
			ran++
			close(done)
		}()
		<-done
	}
	check(ran == count, "oneByOne")
}

func bulk(count int) {
	var ran atomic.Int64 // one processor, but a goroutine may lose it anywhere
	together(count, func(int) { ran.Add(1) })
	check(ran.Load() == int64(count), "bulk")
}

func gather(count int) {
	results := make([]int, count)
	together(count, func(i int) { results[i] = 1 })
	sum := 0
	for _, result := range results {
		sum += result
	}
	check(sum == count, "gather")
}

func skynet(leaves int) {
	sum := make(chan int)
	go node(sum, 0, leaves)
	check(<-sum == leaves*(leaves-1)/2, "skynet")
}

func node(sum chan<- int, first, leaves int) {
	if leaves == 1 {
		sum <- first
		return
	}
	children := make(chan int)
	part := leaves / 10
	for i := 0; i < 10; i++ {
		go node(children, first+i*part, part)
	}
	total := 0
	for i := 0; i < 10; i++ {
		total += <-children
	}
	sum <- total
}

// cancelStorm starts goroutines that wait for an hour or for their context, which is cancelled.
func cancelStorm(count int) {
	var cancelled atomic.Int64
	var group sync.WaitGroup
	group.Add(count)
	cancels := make([]context.CancelFunc, count)
	for i := range cancels {
		ctx, cancel := context.WithCancel(context.Background())
		cancels[i] = cancel
		go func() {
			defer group.Done()
			timer := time.NewTimer(time.Hour)
			defer timer.Stop()
			select {
			case <-ctx.Done():
				cancelled.Add(1)
			case <-timer.C:
			}
		}()
	}
	runtime.Gosched()
	for _, cancel := range cancels {
		cancel()
	}
	group.Wait()
	check(cancelled.Load() == int64(count), "cancelStorm")
}
