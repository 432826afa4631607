import { Readable } from 'node:stream'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { Finding } from '../../gateway/flow.ts'
import { at, cppStatutFaults, parseXml, type XmlElement } from '../../test/support/cpp-statut.ts'
import { motiveFinding } from '../motives.ts'
import { measureCsoReport, writeCsoReport, type CsoReport } from './cso-report.ts'
import { packTarGz } from './pack-report.ts'
import type { ReportEntry } from './report-lines.ts'

/** The report of the reference's checked sample (chorus-pro-edi §9.2). */
const partial: CsoReport = {
  flowIdentifier: 'SIM1231110000000000000042',
  receiver: 'SIM123',
  state: 'IN_INTEGRE_PARTIEL',
  integrated: 99,
  refused: 1,
  total: 100,
  decidedAt: Date.parse('2026-11-22T08:15:04Z'),
  producedAt: Date.parse('2026-11-22T08:15:04Z'),
  mode: 'full',
  language: 'en',
}
const refusedInvoice = (...findings: readonly Finding[]): ReportEntry => ({
  part: 57,
  invoice: 'F1110_000057',
  supplier: '00000000005719',
  recipient: '00000000005734',
  findings,
})

const finding = (changes: Partial<Finding>): Finding => ({
  ...motiveFinding('ERR_FCT_004'),
  ...changes,
})

async function write(report: CsoReport, entries: readonly ReportEntry[]): Promise<string> {
  const measured = await measureCsoReport(report, () => entries)
  const pieces = await Readable.from(writeCsoReport(report, () => entries, measured)).toArray()
  const bytes = Buffer.concat(pieces)
  expect(bytes.length).toBe(measured.bytes)
  return bytes.toString()
}

async function read(report: CsoReport, entries: readonly ReportEntry[]): Promise<XmlElement> {
  const root = parseXml(await write(report, entries))
  expect(cppStatutFaults(root)).toEqual([])
  return root
}

const STATUS = ['CPPFluxStatuts', 'CPPFluxStatutUnitaire', 'DonneesStatut'] as const

const SAMPLE = `<CPPStatut Version="V1_19">
  <Enveloppe><EnveloppeUnitaire NumOrdre="1">
    <Parametres>
      <ParametreIndiv NumOrdre="0001"><Code>DtPrd</Code><Valeurparametre>2026-11-22T09:15:04+01:00</Valeurparametre></ParametreIndiv>
      <ParametreIndiv NumOrdre="0002"><Code>IdFlx</Code><Valeurparametre>SIM1231110000000000000042</Valeurparametre></ParametreIndiv>
    </Parametres>
    <Partenaires><Recepteur><Id>SIM123</Id></Recepteur><Emetteur><Id>CPP001</Id></Emetteur></Partenaires>
  </EnveloppeUnitaire></Enveloppe>
  <CPPFluxStatuts compteur="1"><CPPFluxStatutUnitaire NumOrdre="1"><DonneesStatut>
    <IdStatut>96</IdStatut>
    <ComplementStatut>IN_INTEGRE_PARTIEL</ComplementStatut>
    <Commentaire>99 integrated, 1 rejected</Commentaire>
    <Horodatage>2026-11-22T09:15:04+01:00</Horodatage>
    <IdFlux>SIM1231110000000000000042</IdFlux>
    <Details NbLignesErreur="1"><LigneErreurDetail IdLigne="57">
      <NatureErreur>ERR_FCT</NatureErreur><CodeErreur>ERR_FCT_004</CodeErreur>
      <LibelleErreur>Supplier identifier not known to the gateway</LibelleErreur>
      <DescriptionErreur>numeroDP=F1110_000057;fournisseur=00000000005719;destinataire=00000000005734</DescriptionErreur>
    </LigneErreurDetail></Details>
  </DonneesStatut></CPPFluxStatutUnitaire></CPPFluxStatuts>
</CPPStatut>`

describe('an integration report', () => {
  test('is the reference’s checked sample, but for the rule and remedy that we add', async () => {
    const expected = parseXml(SAMPLE)
    expect(cppStatutFaults(expected)).toEqual([])
    const text = 'Supplier identifier not known to the gateway'
    const root = await read(partial, [
      refusedInvoice(
        finding({
          rule: 'BR-FR-CPRO-03',
          message: { en: text, fr: text },
          remedy: { en: 'Correct it.', fr: '' },
        }),
      ),
    ])
    const description = at(root, ...STATUS, 'Details', 'LigneErreurDetail', 'DescriptionErreur')
    expect(description.text).toBe(
      'regle=BR-FR-CPRO-03;numeroDP=F1110_000057;fournisseur=00000000005719;destinataire=00000000005734;remede=Correct it.',
    )
    description.text =
      'numeroDP=F1110_000057;fournisseur=00000000005719;destinataire=00000000005734'
    expect(root).toEqual(expected)
  })

  test.each([
    ['IN_INTEGRE', '90'],
    ['IN_INTEGRE_PARTIEL', '96'],
    ['IN_REJETE', '93'],
    ['IN_INCIDENTE', '93'],
  ] as const)('of a flow %s has status %s, in two digits', async (state, status) => {
    const root = await read({ ...partial, state }, [])
    expect(at(root, ...STATUS, 'IdStatut').text).toBe(status)
    expect(at(root, ...STATUS, 'ComplementStatut').text).toBe(state)
  })

  test('of a flow without an error has no details at all', async () => {
    const root = await read({ ...partial, state: 'IN_INTEGRE', integrated: 100, refused: 0 }, [
      { part: 0, findings: [finding({ severity: 'warning' })] },
    ])
    expect(() => at(root, ...STATUS, 'Details')).toThrow('no <Details>')
  })

  test('counts the good invoices of a flow rejected in Complete mode without naming them', async () => {
    const root = await read({ ...partial, state: 'IN_REJETE', integrated: 0, language: 'fr' }, [
      refusedInvoice(finding({})),
    ])
    expect(at(root, ...STATUS, 'Commentaire').text).toBe(
      '0 facture intégrée, 1 rejetée, 99 conformes non intégrées',
    )
    expect(at(root, ...STATUS, 'Details').children).toHaveLength(1)
  })

  test.each([
    ['IN_REJETE', 0, 'Flux irrecevable : aucune facture n’a été examinée'],
    ['IN_INCIDENTE', 100, 'Flux non traité : aucune facture n’est intégrée'],
  ] as const)(
    'on a flow %s before its invoices were judged claims nothing of them',
    async (state, total, comment) => {
      const root = await read(
        { ...partial, state, total, integrated: 0, refused: 0, language: 'fr' },
        [{ part: 0, findings: [finding({})] }],
      )
      expect(at(root, ...STATUS, 'Commentaire').text).toBe(comment)
    },
  )

  test('says where and what to do in full mode, one line a finding', async () => {
    const place = {
      rule: 'BR-02',
      path: '/ubl:Invoice[1]/cac:InvoiceLine[3]/cbc:ID[1]',
      line: 12,
      column: 3,
      file: 'F57.xml',
      terms: ['BT-1', 'BG-25'],
      remedy: { en: 'Give a number; any.', fr: '' },
    }
    const root = await read(partial, [refusedInvoice(finding(place), finding({ rule: 'BR-03' }))])
    const lines = at(root, ...STATUS, 'Details').children
    expect(lines.map((line) => line.attributes['IdLigne'])).toEqual(['57', '57'])
    expect(at(lines[0]!, 'DescriptionErreur').text).toBe(
      'regle=BR-02;numeroDP=F1110_000057;fournisseur=00000000005719;destinataire=00000000005734;' +
        'balise=Invoice.InvoiceLine[3].ID;fichier=F57.xml;termes=BT-1,BG-25;' +
        'chemin=/ubl:Invoice[1]/cac:InvoiceLine[3]/cbc:ID[1];ligne=12;colonne=3;remede=Give a number, any.',
    )
  })

  test('in faithful mode joins the short texts of an invoice, cut near 200, and shows no IN_ state', async () => {
    const long = finding({
      platformText: 'é'.repeat(150),
      rule: 'BR-02',
      path: '/ubl:Invoice[1]/cbc:ID[1]',
    })
    const xml = await write({ ...partial, mode: 'faithful' }, [
      refusedInvoice(long, finding({ severity: 'warning', platformText: 'unseen' }), long),
    ])
    expect(xml).not.toContain('IN_INTEGRE')
    const root = parseXml(xml)
    expect(cppStatutFaults(root)).toEqual([])
    const lines = at(root, ...STATUS, 'Details').children
    expect(lines).toHaveLength(1)
    const text = at(lines[0]!, 'LibelleErreur').text
    expect(text).toBe(`${'é'.repeat(150)}|${'é'.repeat(44)}[...]`)
    expect(text).toHaveLength(200)
    expect(at(lines[0]!, 'DescriptionErreur').text).toBe(
      'regle=BR-02;numeroDP=F1110_000057;fournisseur=00000000005719;destinataire=00000000005734;balise=Invoice.ID',
    )
  })

  test('is well-formed whatever a partner wrote', async () => {
    const hostile = ']]>&<a b="c">\u0000\u0008\ufffe\ud800 é 𝄞;numeroDP=forged\r\n'
    const entry = {
      ...refusedInvoice(
        finding({
          message: { en: hostile, fr: hostile },
          rule: hostile,
          path: hostile,
          invoice: hostile,
        }),
      ),
      supplier: hostile,
    }
    for (const mode of ['full', 'faithful'] as const) {
      const root = await read({ ...partial, mode }, [entry])
      const line = at(root, ...STATUS, 'Details', 'LigneErreurDetail')
      const fields = at(line, 'DescriptionErreur').text.split(';')
      expect(fields.filter((field) => field.startsWith('numeroDP='))).toHaveLength(1)
    }
  })

  test('is packed as one file of the same base name, readable by any tar', async () => {
    const content = [Buffer.from('<a>'), Buffer.from('</a>')]
    const name = 'CSO1110A_SIM123_SIM1231110000000000000042'
    const packed = packTarGz({ name, bytes: 7, content: Readable.from(content) })
    const tar = gunzipSync(Buffer.concat(await Readable.from(packed).toArray()))
    expect(tar.length).toBe(512 + 512 + 1_024)
    expect(tar.subarray(0, 100).toString().replace(/\0+$/, '')).toBe(`${name}.xml`)
    expect(tar.subarray(512, 519).toString()).toBe('<a></a>')
  })

  test('is not packed at all when its size is not the one announced', async () => {
    const content = Readable.from([Buffer.from('<a/>')])
    await expect(
      Readable.from(packTarGz({ name: 'r', bytes: 5, content })).toArray(),
    ).rejects.toThrow('5 bytes')
  })
})
