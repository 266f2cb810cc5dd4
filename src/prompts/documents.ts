// Written by `npm run generate` from the schemas of /prompts: what each prompt takes and gives, named as on the wire. Not to be changed
// by hand; a test holds it to the files.

/** Every prompt of /prompts by its name. */
export type PromptDocuments = Record<string, never>;
