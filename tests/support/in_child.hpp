#pragma once

#if defined(__unix__) || defined(__APPLE__)
#define GRAFT_TEST_HAS_FORK
#include <exception>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

#include <doctest/doctest.h>

namespace test {

/// Runs f in a forked process and returns what it returned, or the message of what it threw. A child that is
/// not done after 20 seconds is ended by its alarm.
template <class F>
std::string in_child(const F& f) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const ::pid_t child = ::fork();
    if (child == 0) {
        ::alarm(20);
        std::string said;
        try {
            said = f();
        } catch (const std::exception& thrown) { said = thrown.what(); }
        ::_exit(::write(ends[1], said.data(), said.size()) == static_cast<::ssize_t>(said.size()) ? 0 : 1);
    }
    ::close(ends[1]);
    std::string said(4096, '\0');
    const auto size = ::read(ends[0], said.data(), said.size());
    ::close(ends[0]);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    said.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return said;
}

} // namespace test
#endif
