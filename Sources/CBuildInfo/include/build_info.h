/// What was known when the program was built.
#pragma once

/// The commit of the checkout that was built, with `+` after it where files differed from it; empty outside a
/// checkout.
const char *build_info_commit(void);
