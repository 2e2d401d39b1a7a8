/// What was known when the program was built.
#pragma once

/// The commit that was built, with `+` after it where files differed from it; empty where the build was not told.
const char *build_info_commit(void);
