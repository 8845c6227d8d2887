/** How everything native is compiled: mistakes in it are to end the program, not to be of use to anybody. */

/** For the preprocessor: calls that copy into a buffer of known size check that size. Without the first, some compilers warn. */
const DEFINES = ["-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=2"];

/** A changed stack is noticed before a function returns; large frames cannot jump over the guard page. */
const CODE = ["-fstack-protector-strong", "-fstack-clash-protection"];

/** All symbols are bound at the start, then their table is read-only; the stack is not executable. */
const LINKING = ["-Wl,-z,relro", "-Wl,-z,now", "-Wl,-z,noexecstack"];

/** Options of a compiler that makes a static program, at an address that differs from start to start. */
export const programFlags = ["-O2", ...DEFINES, ...CODE, "-fPIE", "-static-pie", ...LINKING];

/** Variables for a build by node-gyp, whose makefiles add them to their own options. */
export const addonVariables = {
  CPPFLAGS: DEFINES.join(" "),
  CFLAGS: CODE.join(" "),
  CXXFLAGS: CODE.join(" "),
  LDFLAGS: LINKING.join(" "),
};
