import type { OpenAs2File, OpenAs2Partner, OpenAs2Partnership } from './read-openas2.ts'

/** A connection that stands for one partner of the gateway in an OpenAS2 file. */
export interface OpenAs2Connection {
  readonly name: string
  readonly as2Id: string
  /** Where the gateway brings return flows; undefined when the file does not say. */
  readonly url: string | undefined
  /** Of its certificate, which the file does not hold. */
  readonly alias: string | undefined
  /** Settings under `as2` that differ from the gateway's own, for an operator. */
  readonly settings: Readonly<Record<string, string | boolean | readonly string[]>>
  /** What there is to know, in English: weak algorithms, receipts that are asked for elsewhere. */
  readonly notes: readonly string[]
}

/** What OpenAS2 calls a cipher; 3DES and RC2 are not sent by this gateway. */
const CIPHERS: ReadonlyMap<string, string> = new Map([
  ['aes128', 'aes128-cbc'],
  ['aes192', 'aes192-cbc'],
  ['aes256', 'aes256-cbc'],
  ['aes128_cbc', 'aes128-cbc'],
  ['aes192_cbc', 'aes192-cbc'],
  ['aes256_cbc', 'aes256-cbc'],
  ['aes128_gcm', 'aes128-gcm'],
  ['aes192_gcm', 'aes192-gcm'],
  ['aes256_gcm', 'aes256-gcm'],
])
const HASHES: ReadonlySet<string> = new Set(['sha256', 'sha384', 'sha512'])

/**
 * The partners that exchange with `gateway`, by its name or AS2 id in the file.
 * @returns undefined when the file does not know that one
 */
export function openAs2Connections(
  file: OpenAs2File,
  gateway: string,
): readonly OpenAs2Connection[] | undefined {
  const own = file.partners.find(({ name, as2Id }) => name === gateway || as2Id === gateway)
  if (own === undefined) return undefined
  return file.partners.flatMap((partner) => {
    const out = between(file, own, partner)
    const back = between(file, partner, own)
    return partner === own || (out === undefined && back === undefined)
      ? []
      : [connectionOf(partner, out, back)]
  })
}

function between({ partnerships }: OpenAs2File, from: OpenAs2Partner, to: OpenAs2Partner) {
  return partnerships.find(({ sender, receiver }) => sender === from.name && receiver === to.name)
}

function connectionOf(
  partner: OpenAs2Partner,
  out: OpenAs2Partnership | undefined,
  back: OpenAs2Partnership | undefined,
): OpenAs2Connection {
  const notes: string[] = []
  const settings: Record<string, string | boolean | readonly string[]> = {}
  const legacy = new Set<string>()
  const cipher = read(out, 'encrypt')
  if (out !== undefined && cipher === '') settings['encrypt'] = 'none'
  else if (cipher !== '' && cipher !== 'aes256') {
    const known = CIPHERS.get(cipher)
    if (known !== undefined) settings['encrypt'] = known
    else notes.push(`Return flows were encrypted with ${cipher}; they go out with AES-256 here.`)
  }
  const hash = read(out, 'sign').replaceAll('-', '')
  if (out !== undefined && hash === '') settings['sign'] = 'none'
  else if (HASHES.has(hash) && hash !== 'sha256') settings['sign'] = hash
  else if (hash !== '' && hash !== 'sha256') {
    notes.push(`Return flows were signed with ${hash}; they go out with SHA-256 here.`)
  }
  if (read(out, 'compression_type') === 'zlib') {
    const isAfter = read(out, 'compression_mode').includes('after')
    settings['compress'] = isAfter ? 'after-signature' : 'before-signature'
  }
  if (read(out, 'rename_digest_to_old_name') === 'true') settings['micalgSpelling'] = 'old'
  if (out?.attributes.has('as2_receipt_option') === true) settings['receiptMode'] = 'async'
  if (['3des', 'cast5', 'rc2_cbc', 'idea'].includes(read(back, 'encrypt'))) {
    if (read(back, 'encrypt') === '3des') legacy.add('3des')
    else notes.push(`It encrypts with ${read(back, 'encrypt')}, which is not accepted here.`)
  }
  const theirs = CIPHERS.get(read(back, 'encrypt'))
  if (theirs !== undefined && theirs !== 'aes256-cbc' && theirs !== 'aes256-gcm') {
    settings['ciphers'] = ['aes256-cbc', 'aes256-gcm', theirs]
  }
  if (read(back, 'sign') === 'sha1' || read(back, 'sign') === 'md5') legacy.add(read(back, 'sign'))
  if (legacy.size > 0) {
    settings['legacy'] = [...legacy]
    notes.push(
      `It sends with ${[...legacy].join(' and ')}: weak, allow it only until it is changed.`,
    )
  }
  if (back !== undefined && read(back, 'sign') === '') settings['signature'] = 'optional'
  if (back !== undefined && read(back, 'encrypt') === '') settings['encryption'] = 'optional'
  const receiptUrl = back?.attributes.get('as2_receipt_option')
  if (receiptUrl !== undefined) {
    settings['asyncMdn'] = 'honour'
    settings['receiptUrls'] = [receiptUrl]
    notes.push(
      `It asks for its receipts at ${receiptUrl}: the platform knows synchronous ones only.`,
    )
  }
  const url = out?.attributes.get('as2_url')
  const isUrl = url !== undefined && URL.canParse(url) && /^https?:/.test(url)
  if (out !== undefined && !isUrl) notes.push(`Its as2_url is no URL: ${url ?? 'missing'}.`)
  return {
    name: partner.name,
    as2Id: partner.as2Id,
    url: isUrl ? url : undefined,
    alias: partner.alias,
    settings,
    notes,
  }
}

/** Lower case; empty when it is not there. */
function read(partnership: OpenAs2Partnership | undefined, name: string): string {
  return partnership?.attributes.get(name)?.trim().toLowerCase() ?? ''
}
