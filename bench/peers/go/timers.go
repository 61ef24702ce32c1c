package main

import (
	"math/rand"
	"sync/atomic"
	"time"
)

func nothing() {}

// setTimers sets timers that fire in an hour or two, in no order.
func setTimers(count int) []*time.Timer {
	random := rand.New(rand.NewSource(1))
	timers := make([]*time.Timer, count)
	for i := range timers {
		timers[i] = time.AfterFunc(time.Hour+time.Duration(random.Int63n(int64(time.Hour))), nothing)
	}
	return timers
}

func cancelTimers(timers []*time.Timer) {
	for _, timer := range timers {
		check(timer.Stop(), "a timer has fired")
	}
}

// fire sets timers for the next millisecond, and waits for all.
func fire(count int) time.Time {
	random := rand.New(rand.NewSource(1))
	delays := make([]time.Duration, count)
	for i := range delays {
		delays[i] = time.Duration(random.Int63n(int64(time.Millisecond)))
	}
	done := make(chan struct{})
	var fired atomic.Int64
	start := time.Now()
	for _, delay := range delays {
		time.AfterFunc(delay, func() {
			if fired.Add(1) == int64(count) {
				close(done)
			}
		})
	}
	<-done
	return start
}
