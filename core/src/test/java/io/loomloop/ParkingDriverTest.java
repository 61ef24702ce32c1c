package io.loomloop;

import io.loomloop.spi.LoopDriver;

class ParkingDriverTest extends LoopDriverContract {
    @Override
    LoopDriver newDriver() {
        return LoopDriver.parking();
    }
}
