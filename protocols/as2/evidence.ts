import { hashRow } from './cms/algorithms.ts'
import { keptSignature } from './kept-signature.ts'
import type { ExchangeStart } from './message-exchange.ts'
import type { MessageFacts } from './message-reader.ts'
import type { Mic } from './mic.ts'

/** Of a value that the partner wrote. */
const MAX_CHARACTERS = 500

/** What a message proves, kept with its flow. */
export function messageEvidence(
  { post, request }: ExchangeStart,
  message: MessageFacts,
  mic: Mic | undefined,
): Readonly<Record<string, string>> {
  const { layers, envelope, signature } = message
  const product = post.headers.get('as2-product') ?? post.headers.get('user-agent')
  const facts: Readonly<Record<string, string | undefined>> = {
    peer: `${post.peer.host}:${post.peer.port}`,
    messageId: request.messageId,
    as2From: request.from[0],
    as2To: request.to[0],
    client: product,
    layers: layers.join(' > '),
    cipher: envelope?.cipher.name,
    decryptedWith: envelope?.openedWith?.sha256,
    signature: signature?.algorithm,
    signer: signature?.certificate.sha256,
    mic: mic && `${mic.digest.toString('base64')}, ${hashRow(mic.hash).micalg}`,
  }
  const short = Object.entries(facts).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value.slice(0, MAX_CHARACTERS)] as const],
  )
  return {
    ...Object.fromEntries(short),
    ...(signature === undefined ? {} : keptSignature(message)),
  }
}
