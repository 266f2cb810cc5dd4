// The version of the package: for the user-agent, the banner and the API document. Held to package.json by a test.

export const VERSION = '0.1.0';
