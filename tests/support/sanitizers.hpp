#pragma once

#if defined(__has_feature) // clang's word for it
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define GRAFT_TEST_HAS_SANITIZER
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) // GCC's
#define GRAFT_TEST_HAS_SANITIZER
#endif

namespace test {

/// Whether memory that is not there ends the program instead of an exception.
#ifdef GRAFT_TEST_HAS_SANITIZER
inline constexpr bool has_sanitizer = true;
#else
inline constexpr bool has_sanitizer = false;
#endif

} // namespace test
