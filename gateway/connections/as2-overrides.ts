import { z } from 'zod'
import type { BilingualText } from '../flow.ts'

/**
 * What an operator may set of one AS2 connection, under `as2` of its settings: what its messages
 * must be, where its product differs from the RFCs, and how return flows are sent to it.
 * docs/as2.md lists the same rows.
 */

/** AS2-To that partners use for the gateway unless theirs says otherwise. [simulated] */
export const GATEWAY_AS2_ID = 'CPP001'

interface Row<Schema extends z.ZodType> {
  readonly schema: Schema
  readonly fallback: z.output<Schema>
  readonly meaning: BilingualText
}

function row<Schema extends z.ZodType>(
  schema: Schema,
  fallback: z.output<Schema>,
  meaning: BilingualText,
): Row<Schema> {
  return { schema, fallback, meaning }
}

const AS2_ID = z.string().regex(/^[ -~]{1,128}$/)
const cipher = z.enum([
  'aes256-cbc',
  'aes192-cbc',
  'aes128-cbc',
  'aes256-gcm',
  'aes192-gcm',
  'aes128-gcm',
])
const hash = z.enum(['sha256', 'sha384', 'sha512', 'sha224'])

export const AS2_SETTINGS = {
  ownId: row(AS2_ID, GATEWAY_AS2_ID, {
    en: 'What the partner calls the gateway (AS2-To of its messages).',
    fr: 'Nom que le partenaire donne à la passerelle (AS2-To de ses messages).',
  }),
  signature: row(z.enum(['required', 'optional']), 'required', {
    en: 'Whether messages must be signed. Unsigned, nothing shows who sent them.',
    fr: 'Signature des messages, obligatoire ou non. Sans elle, rien ne prouve l’émetteur.',
  }),
  encryption: row(z.enum(['required', 'optional']), 'required', {
    en: 'Whether messages must be encrypted.',
    fr: 'Chiffrement des messages, obligatoire ou non.',
  }),
  ciphers: row(z.array(cipher).min(1).max(6), ['aes256-cbc', 'aes256-gcm'], {
    en: 'Ciphers that messages may be encrypted with.',
    fr: 'Algorithmes de chiffrement acceptés.',
  }),
  hashes: row(z.array(hash).min(1).max(4), ['sha256', 'sha384', 'sha512', 'sha224'], {
    en: 'Hashes that messages may be signed with.',
    fr: 'Algorithmes de condensat acceptés dans les signatures.',
  }),
  legacy: row(z.array(z.enum(['sha1', 'md5', '3des', 'rsa-1024'])).max(4), [], {
    en: 'Weak algorithms accepted besides, with a warning: sha1, md5, 3des, rsa-1024.',
    fr: 'Algorithmes faibles acceptés en plus, avec avertissement : sha1, md5, 3des, rsa-1024.',
  }),
  compression: row(z.enum(['accept', 'refuse']), 'accept', {
    en: 'Whether messages may be compressed (RFC 5402).',
    fr: 'Messages compressés (RFC 5402), acceptés ou non.',
  }),
  asyncMdn: row(z.enum(['refuse', 'honour']), 'refuse', {
    en: 'A receipt asked for at a URL (Receipt-Delivery-Option): refused, as the platform knows synchronous ones only, or posted there later.',
    fr: 'Accusé demandé à une URL (Receipt-Delivery-Option) : refusé, la plateforme ne connaissant que les synchrones, ou envoyé ensuite.',
  }),
  receiptUrls: row(z.array(z.url({ protocol: /^https?$/ }).max(500)).max(8), [], {
    en: 'Where such receipts may go besides the host of the form’s URL: scheme, host and port are compared.',
    fr: 'Destinations admises pour ces accusés, outre l’hôte de l’URL du formulaire : schéma, hôte et port sont comparés.',
  }),
  signReceipts: row(z.enum(['as-asked', 'always']), 'as-asked', {
    en: 'Receipts are signed when asked, or always.',
    fr: 'Accusés signés sur demande, ou toujours.',
  }),
  duplicates: row(z.enum(['same-receipt', 'warn']), 'same-receipt', {
    en: 'The same Message-ID and content again: the same receipt, byte for byte, or `processed/warning: duplicate-document`.',
    fr: 'Même Message-ID et même contenu : le même accusé, à l’octet près, ou `processed/warning: duplicate-document`.',
  }),
  subjectAsFileName: row(z.boolean(), true, {
    en: 'The Subject names the flow when no part does. [simulated]',
    fr: 'Le Subject nomme le flux si aucune partie ne le fait. [simulé]',
  }),
  tlsClientCertificate: row(z.enum(['optional', 'required']), 'optional', {
    en: 'Over https: whether the partner must show its registered certificate to TLS too.',
    fr: 'En https : certificat déposé aussi exigé par TLS, ou non.',
  }),
  tlsServerCertificate: row(z.enum(['checked', 'registered', 'unchecked']), 'checked', {
    en: 'Where the partner is called over https, its server must show: a registered certificate or one of a known authority for its name (checked), a registered one only (registered), or any (unchecked). [simulated]',
    fr: 'Appel du partenaire en https, certificat exigé de son serveur : déposé, ou d’une autorité connue à son nom (checked) ; déposé seulement (registered) ; n’importe lequel (unchecked). [simulé]',
  }),
  lfLineEnds: row(z.boolean(), false, {
    en: 'Quirk: lines inside MIME may end in LF alone; a text that was signed with CR LF and came with LF is verified as signed.',
    fr: 'Particularité : les lignes MIME peuvent finir par LF seul ; un texte signé avec CR LF et reçu avec LF est vérifié comme signé.',
  }),
  barePayload: row(z.boolean(), false, {
    en: 'Quirk: an encrypted message may hold the payload without any MIME header (older mendelson).',
    fr: 'Particularité : un message chiffré peut contenir le fichier sans en-tête MIME (mendelson ancien).',
  }),
  sign: row(z.enum(['none', 'sha256', 'sha384', 'sha512', 'sha1']), 'sha256', {
    en: 'Hash that return flows are signed with.',
    fr: 'Condensat des signatures des flux retour.',
  }),
  pss: row(z.boolean(), false, {
    en: 'Return flows are signed with RSASSA-PSS in place of PKCS#1 v1.5.',
    fr: 'Flux retour signés en RSASSA-PSS au lieu de PKCS#1 v1.5.',
  }),
  encrypt: row(z.enum(['none', ...cipher.options]), 'aes256-cbc', {
    en: 'Cipher that return flows are encrypted with.',
    fr: 'Algorithme de chiffrement des flux retour.',
  }),
  oaep: row(z.enum(['none', 'sha1', 'sha256', 'sha384', 'sha512']), 'none', {
    en: 'Hash of RSA-OAEP for the key of a return flow; none = PKCS#1 v1.5.',
    fr: 'Condensat RSA-OAEP pour la clé d’un flux retour ; none = PKCS#1 v1.5.',
  }),
  compress: row(z.enum(['none', 'before-signature', 'after-signature']), 'none', {
    en: 'Whether return flows are compressed, and where.',
    fr: 'Compression des flux retour, et à quel niveau.',
  }),
  micalgSpelling: row(z.enum(['new', 'old']), 'new', {
    en: 'Quirk: how SHA-2 is written in micalg and receipts: sha-256 (new) or sha256 (old).',
    fr: 'Particularité : écriture de SHA-2 dans micalg et accusés : sha-256 (new) ou sha256 (old).',
  }),
  chunked: row(z.boolean(), false, {
    en: 'Quirk: return flows may be sent chunked; else with their length.',
    fr: 'Particularité : flux retour envoyés en « chunked » ; sinon avec leur longueur.',
  }),
  expectContinue: row(z.boolean(), false, {
    en: 'Quirk: return flows are sent with Expect: 100-continue.',
    fr: 'Particularité : flux retour envoyés avec Expect: 100-continue.',
  }),
  receipt: row(z.enum(['signed', 'unsigned', 'none']), 'signed', {
    en: 'Receipt asked for a return flow.',
    fr: 'Accusé demandé pour un flux retour.',
  }),
  receiptMode: row(z.enum(['sync', 'async']), 'sync', {
    en: 'Whether that receipt comes in the answer or is posted later.',
    fr: 'Accusé dans la réponse (sync) ou envoyé ensuite (async).',
  }),
} as const

type Settings = typeof AS2_SETTINGS

/** Everything that holds for one AS2 connection. */
export type As2Policy = {
  readonly [Name in keyof Settings]: Readonly<z.output<Settings[Name]['schema']>>
}

/** Those that an operator set; the others have their default. */
export type As2Overrides = Partial<As2Policy>

const names = Object.keys(AS2_SETTINGS) as readonly (keyof Settings)[]

const shape = Object.fromEntries(
  names.map((name) => {
    const { schema, meaning } = AS2_SETTINGS[name]
    return [name, (schema as z.ZodType).exactOptional().describe(meaning.en)]
  }),
)

export const as2OverridesSchema = z.strictObject(shape) as unknown as z.ZodType<As2Overrides>

const defaults = Object.fromEntries(
  names.map((name) => [name, AS2_SETTINGS[name].fallback]),
) as unknown as As2Policy

/** The overrides of a connection, filled up. */
export function as2Policy(overrides: As2Overrides = {}): As2Policy {
  return { ...defaults, ...overrides }
}
