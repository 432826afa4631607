import { AS2_SETTINGS } from '../../gateway/connections/as2-overrides.ts'
import { REFUSALS } from '../../gateway/refusals.ts'
import { GENERATED_MARK, table } from './markdown.ts'

/** `docs/as2.md`: what the AS2 listener takes, what it answers, what may be set of a connection. */
export function as2Page(): string {
  return `# AS2

${GENERATED_MARK}

Messages are posted to \`http://HOST:8081/as2\` or \`https://HOST:8444/as2\` (\`as2.*\` in
[configuration.md](configuration.md)); AS2-To is \`CPP001\`, AS2-From what the form says. The sender is proved by
the signature, made with a certificate of the connection; TLS is not needed, a client certificate is asked for and
needed only where the connection says so.

## What is taken

Every nesting of signed, compressed and encrypted, DER and BER, binary and base64, in chunks or not. By default a
message must be signed (SHA-2; RSA PKCS#1 or PSS, ECDSA) and encrypted (AES-256 in CBC or GCM; RSA PKCS#1 or OAEP,
ECDH). The name of the flow is the file name of the innermost part, else of the request, else the Subject. The
payload stays out of sight until its last byte is there and the signature holds; a receipt that says \`processed\`
leaves only once the flow is on disk and in the journal.

## What is answered

| case | answer |
| --- | --- |
| taken | 200, MDN \`processed\` with the MIC; signed when asked |
| the same Message-ID and content again | the same MDN, byte for byte; no second flow |
| the same Message-ID, other content | \`processed/error: unexpected-processing-error\`, refusal \`MESSAGE_ID_REUSED\` |
| bad signature, unknown signer, under whatever names | \`processed/error: authentication-failed\`, with the MIC of what came; the same for names that nobody has, so that answers do not say which there are |
| signed by a registered partner, under names that are not its own, not open, or from another address | \`processed/error: unknown-trading-relationship\` |
| content changed after it was signed | \`processed/error: integrity-check-failed\`; the refusal says which known way of hashing would have matched |
| cannot be decrypted, for whatever reason | \`processed/error: decryption-failed\`, one text; the refusal names the certificate it was encrypted for |
| damaged compression, or a bomb | \`processed/error: decompression-failed\` |
| unsigned, unencrypted, an algorithm not allowed | \`processed/error: insufficient-message-security\` |
| the receipt cannot be given as asked | \`failed/failure: …\`; the message is not taken |
| refused, and no receipt asked for | 403 with one sentence |
| too large, too much at a time, disk full, journal away | 413, 429 or 503 with Retry-After, no MDN: the same message may come again |

Refusals and what AS2 says of them: [errors.md](errors.md) (${Object.keys(REFUSALS).length} codes). The transcript of
the session has headers, layers, algorithms, certificates, the MIC and the receipt, never the payload.

Several connections may have the same names: the certificate of the signature says which one is meant. As long as
the sender is not proved, an answer leaves after the same time, from the last byte on, whoever the message says it is
from; what is wrong with an envelope (padding, key, tag) is answered with the same bytes, and a distance of times is
printed by \`test/contract/as2-oracle.test.ts\` ([ADR 0015](adr/0015-as2-strangers-are-read.md)).

Receipts at a URL (\`Receipt-Delivery-Option\`) are refused unless the connection has \`asyncMdn: honour\`; then they
are kept in the journal and posted to the registered host, \`as2.receiptAttempts\` times at most.

## https

The gateway's https shows the certificate of the API, of its own authority, unless \`as2.tls\` is \`files\`: both are
servers of the same name, partners trust them by the root that is in every kit, and neither signs or decrypts a
message, which another key does. Behind a balancer, \`as2.publicHttpsPort\` is the port that partners are told.

Partners' servers over https are looked at before a byte of a return flow or of a posted receipt leaves
(\`tlsServerCertificate\` of the connection). By default one is trusted that shows a certificate registered on the
connection, or one of a known authority (public ones, \`certs.trustFolder\`, in qualification the gateway's own test
authority) for the name of the URL, in its time. What fails is tried again like every delivery, and says what to do:
\`TLS_CERTIFICATE_UNTRUSTED\`, \`TLS_CERTIFICATE_OTHER\`, \`TLS_CERTIFICATE_NAME\`, \`TLS_CERTIFICATE_NOT_IN_TIME\`.

## Settings of one connection

An operator sets them under \`as2\` of the connection's settings (\`PUT /api/v1/connections/{id}/settings\`).

${table(
  ['setting', 'default', 'meaning'],
  Object.entries(AS2_SETTINGS).map(([name, { fallback, meaning }]) => [
    `\`${name}\``,
    `\`${JSON.stringify(fallback)}\``,
    `${meaning.en}<br>_${meaning.fr}_`,
  ]),
)}
`
}
