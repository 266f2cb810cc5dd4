// Signs off the ends of a text. A pattern for its end (`-+$`) is tried anew at each sign of a run that does not end the text.

export function trimmed(text: string, signs: string): string {
  let start = 0;
  while (start < text.length && signs.includes(text.charAt(start))) start += 1;
  return trimmedEnd(text.slice(start), signs);
}

export function trimmedEnd(text: string, signs: string): string {
  let end = text.length;
  while (end > 0 && signs.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}
