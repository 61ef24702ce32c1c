package main

import (
	"math/rand"
	"sync/atomic"
	"time"
)

func nothing() {}

// hours makes delays of an hour or two, in no order.
func hours(count int) []time.Duration {
	random := rand.New(rand.NewSource(1))
	delays := make([]time.Duration, count)
	for i := range delays {
		delays[i] = time.Hour + time.Duration(random.Int63n(int64(time.Hour)))
	}
	return delays
}

func setTimers(delays []time.Duration) []*time.Timer {
	timers := make([]*time.Timer, len(delays))
	for i, delay := range delays {
		timers[i] = time.AfterFunc(delay, nothing)
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
