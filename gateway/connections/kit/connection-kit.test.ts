import { unzipSync } from 'fflate'
import { SaxesParser } from 'saxes'
import { describe, expect, test } from 'vitest'
import { parseInboundName } from '../../../config/flow-name.ts'
import { connectionDocument, gatewayDocument } from '../../../test/support/kit-documents.ts'
import type { ProtocolName } from '../../flow.ts'
import type { ConnectionForm } from '../form.ts'
import { createConnectionKit, kitFiles } from './connection-kit.ts'
import { kitFacts, type KitFacts, type KitSettings } from './kit-facts.ts'
import { KIT_PRODUCTS } from './kit-products.ts'

const SETTINGS: KitSettings = {
  algorithms: 'modern',
  depositFolder: 'depot',
  retrievalFolder: 'retrait',
}
const FORMS: Readonly<Record<ProtocolName, ConnectionForm>> = {
  sftp: { codes: { FSO1117A: 'PARTIAL', FSO1110A: 'COMPLETE', FSO1100A: 'NONE' } },
  as2: {
    codes: { FSO1110A: 'PARTIAL' },
    contact: { email: 'a&b@acme.example' },
    network: { as2: { url: 'https://as2.acme.example/in?a=1&b=2', as2Id: 'ACME & <CO>' } },
  },
  pesit: {
    codes: { FSO1110A: 'PARTIAL' },
    network: {
      pesit: { host: 'pesit.acme.example', port: 1762, requesterId: 'ACME', serverId: 'A' },
    },
  },
}
const PROTOCOLS = Object.keys(FORMS) as ProtocolName[]

function facts(
  protocol: ProtocolName,
  language: 'en' | 'fr' = 'en',
  settings = SETTINGS,
): KitFacts {
  return kitFacts(
    connectionDocument(protocol, FORMS[protocol]),
    gatewayDocument(),
    settings,
    language,
  )
}

const textOf = (protocol: ProtocolName, path: string, language: 'en' | 'fr' = 'en'): string =>
  kitFiles(facts(protocol, language)).find((file) => file.path === path)?.text ?? ''

/** What a parser has to say against a file. */
function faultsOf(path: string, text: string): readonly string[] {
  try {
    if (path.endsWith('.json')) JSON.parse(text)
    if (path.endsWith('.xml')) new SaxesParser().write(text).close()
    return []
  } catch (error) {
    return [`${path}: ${String(error)}`]
  }
}

describe('a kit', () => {
  test.each(PROTOCOLS)('for %s holds its own products and no other', (protocol) => {
    const folders = new Set(
      kitFiles(facts(protocol)).flatMap(({ path }) =>
        path.includes('/') ? [path.split('/')[0]] : [],
      ),
    )
    for (const product of KIT_PRODUCTS) {
      expect(folders.has(product.id), product.id).toBe(product.protocols.includes(protocol))
    }
  })

  test.each(PROTOCOLS)(
    'for %s holds the public keys and the gateway’s own root, and nothing secret',
    (protocol) => {
      const files = kitFiles(facts(protocol))
      expect(files.map(({ path }) => path)).toContain('gateway/gateway-root.pem')
      expect(files.some(({ path }) => /^gateway\/.*(pub|as2\.pem|server\.pem)$/.test(path))).toBe(
        true,
      )
      for (const { path, text } of files) expect(text, path).not.toMatch(/PRIVATE KEY|passphrase=/)
    },
  )

  test.each(PROTOCOLS)('for %s names no file of the gateway that is not in it', (protocol) => {
    const files = kitFiles(facts(protocol))
    const paths = new Set(files.map(({ path }) => path))
    const named = files.flatMap(({ text }) => text.match(/gateway\/[\w-]+\.(?:pem|pub)/g) ?? [])
    expect(named.filter((path) => !paths.has(path))).toEqual([])
  })

  test.each(PROTOCOLS)(
    'for %s has XML that can be parsed and JSON that can be read',
    (protocol) => {
      const faults = kitFiles(facts(protocol)).flatMap(({ path, text }) => faultsOf(path, text))
      expect(faults).toEqual([])
    },
  )

  test('gives each subscribed incoming code an example that is in the grammar', () => {
    const { codes } = facts('sftp')
    expect(codes.map(({ code, mode }) => [code, mode])).toEqual([
      ['FSO1117A', 'PARTIAL'],
      ['FSO1110A', 'COMPLETE'],
    ])
    for (const { exampleName } of codes)
      expect(parseInboundName(exampleName ?? '')).toHaveProperty('name')
    expect(textOf('sftp', 'README.md')).toContain(codes[0]?.exampleName)
  })

  test('is in the language that is asked for, under the name that language has', () => {
    expect(textOf('sftp', 'README.md')).toContain('Commands to paste')
    expect(textOf('sftp', 'LISEZMOI.md', 'fr')).toContain('Commandes à coller')
    expect(textOf('sftp', 'LISEZMOI.md')).toBe('')
  })

  test('pins the host key in every SFTP program that can', () => {
    expect(textOf('sftp', 'known_hosts')).toBe('[edi.example]:2222 ssh-ed25519 AAAA\n')
    expect(textOf('sftp', 'openssh/ssh_config')).toContain('StrictHostKeyChecking yes')
    expect(textOf('sftp', 'winscp/deposit.txt')).toContain('-hostkey="ssh-ed25519 255 abcd"')
    expect(textOf('sftp', 'commands.txt')).toContain('--hostpubsha256 abcd')
  })

  test('has the ciphers of the platform’s profile where the gateway offers no other', () => {
    const platform = kitFiles(facts('sftp', 'en', { ...SETTINGS, algorithms: 'platform' }))
    expect(platform.find(({ path }) => path === 'openssh/ssh_config')?.text).toContain('aes256-cbc')
    expect(textOf('sftp', 'openssh/ssh_config')).not.toContain('cbc')
  })

  test('carries the identifiers of the form', () => {
    expect(textOf('as2', 'openas2/partnerships.xml')).toContain('as2_id="ACME &amp; &lt;CO&gt;"')
    expect(textOf('as2', 'mendelson/partners.xml')).toContain('<![CDATA[ACME & <CO>]]>')
    expect(textOf('pesit', 'transfer-cft/objects.cft')).toContain("NSPART = 'ACME'")
    expect(textOf('pesit', 'transfer-cft/import-keys.txt')).toContain('PKIUTIL PKICER')
    expect(textOf('pesit', 'connect-express/definitions.txt')).toMatch(
      /DPCSID alias \(yours\)\s+ACME/,
    )
  })

  test('says so when its protocol does not listen', () => {
    expect(textOf('pesit', 'README.md')).toContain('does not listen for PESIT')
    expect(textOf('sftp', 'README.md')).not.toContain('does not listen')
  })

  test('is a zip with those files', async () => {
    const kit = createConnectionKit(SETTINGS)
    const zip = await kit(connectionDocument('sftp', FORMS.sftp), gatewayDocument(), 'en')
    expect(Object.keys(unzipSync(zip))).toEqual(kitFiles(facts('sftp')).map(({ path }) => path))
  })
})
