# plain.sh - sourced by quickstart and tests/bench/guard: the build without tests and sanitizers.

plain_build=build/quickstart

# configure_plain LOG
configure_plain() {
    cmake -S . -B "$plain_build" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DLIAISOND_TESTS=OFF >"$1" 2>&1
}
