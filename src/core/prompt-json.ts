// Prompts in the library's own JSON form, in snake_case, as they go over the wire and as the command line prints them.

import type { JsonObject } from './json.ts';
import type { PromptVersion } from './request.ts';

function promptVersionJson({ name, version, hash }: PromptVersion) {
  return { name, version, hash };
}

export function promptInfoJson(
  info: PromptVersion & {
    readonly description: string;
    readonly inputSchema: JsonObject;
    readonly outputSchema: JsonObject;
  },
) {
  const { description, inputSchema: input_schema, outputSchema: output_schema } = info;
  return { ...promptVersionJson(info), description, input_schema, output_schema };
}

export function renderedPromptJson(
  rendered: PromptVersion & { readonly messages: readonly { readonly role: string; readonly content: string }[] },
) {
  const messages = rendered.messages.map(({ role, content }) => ({ role, content }));
  return { ...promptVersionJson(rendered), messages };
}
