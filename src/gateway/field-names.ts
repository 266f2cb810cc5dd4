// Which names a schema has at a place of what came in, for "did you mean": of a union only those of the kind that was sent, since
// the field of another kind would be refused next.

import { z } from 'zod';

type Schema = z.core.$ZodType;

/** `path` leads to the object in `data`; empty where the schema has no names there. */
export function namesAt(schema: Schema, data: unknown, path: readonly PropertyKey[]): readonly string[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return namesAt(schema.unwrap(), data, path);
  if (schema instanceof z.ZodUnion) {
    const meant = schema.options.filter((option) => isOfKind(option, data));
    return meant.flatMap((option) => namesAt(option, data, path));
  }
  const [name, ...rest] = path;
  if (name === undefined) return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  if (typeof data !== 'object' || data === null) return [];
  const inner: unknown = Reflect.get(data, name);
  if (schema instanceof z.ZodArray) return namesAt(schema.element, inner, rest);
  const member = schema instanceof z.ZodObject ? schema.shape[String(name)] : undefined;
  return member === undefined ? [] : namesAt(member, inner, rest);
}

/** Its fixed words (`role`, `type`) are those of the data. */
function isOfKind(schema: Schema, data: unknown): boolean {
  if (!(schema instanceof z.ZodObject)) return true;
  if (typeof data !== 'object' || data === null) return false;
  return Object.entries(schema.shape).every(([name, member]) => {
    const isFixed = member instanceof z.ZodLiteral || member instanceof z.ZodEnum;
    return !isFixed || member.safeParse(Reflect.get(data, name)).success;
  });
}
