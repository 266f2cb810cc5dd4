// What processes say to each other about answers under way. Messages may be lost, and come from a process of another version: one
// that is not understood is as good as lost.

import { z } from 'zod';

const about = { from: z.string(), log: z.string() };

/** What is left out may be any. */
const owner = z.object({ tenant: z.string().optional(), userId: z.string().optional() });

const message = z.discriminatedUnion('kind', [
  /** "I read this log": said again each second, so that it is known who still does. */
  z.object({ kind: z.literal('follow'), ...about }),
  /** "I read it no more." */
  z.object({ kind: z.literal('leave'), ...about }),
  /** "There is more in it." */
  z.object({ kind: z.literal('told'), ...about }),
  /** "I do not write it, or not any more." */
  z.object({ kind: z.literal('gone'), ...about }),
  /** "Whoever has this answer: its owner stops it." */
  z.object({ kind: z.literal('stop'), ...about, owner }),
  /** "I had it, and he is its owner." */
  z.object({ kind: z.literal('stopped'), ...about, owner, wasRunning: z.boolean() }),
]);

/** `log`: of `stop` and `stopped`, the id of the generation. */
export type PeerMessage = z.output<typeof message>;

/** As it is given to the post, which signs it. */
export type Unsigned<Message = PeerMessage> = Message extends PeerMessage ? Omit<Message, 'from'> : never;

export function messageFrom(text: string): PeerMessage | null {
  try {
    return message.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
