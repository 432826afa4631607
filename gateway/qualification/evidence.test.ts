import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { evidenceHtml } from './evidence-html.ts'
import { junitOf } from './evidence-junit.ts'
import { checkEvidence, type EvidenceDocument } from './evidence.ts'
import type { RunDocument } from './qualification.ts'

const MESSAGE = Buffer.from('<Invoice/>')
const AT = '2026-11-22T10:00:00.000Z'
const NOTHING = { flows: [], returns: [], sessions: [], refusals: [], faults: [] }
const both = (text: string) => ({ en: text, fr: text })

const RUN: RunDocument = {
  id: 'run_1',
  scenario: {
    id: 'nominal',
    title: both('One good flow'),
    purpose: both('Why'),
    protocols: ['sftp'],
    needs: {},
    isAlone: false,
    references: ['TC-1'],
  },
  connectionId: 'cnx_1',
  applicationCode: 'ACM001',
  protocol: 'sftp',
  isSelf: true,
  state: 'FAILED',
  note: null,
  override: { verdict: 'PASSED', reason: 'seen <by> eye', by: 'Ann', at: AT },
  startedAt: AT,
  endedAt: '2026-11-22T10:00:02.500Z',
  startedBy: 'Ann',
  facts: {
    versions: { raccord: '0.1.0', node: '24' },
    clockOffsetMilliseconds: 0,
    codes: { FSO1110A: 'PARTIAL' },
    partner: 'Acme </script>',
    certificates: [{ subject: 'CN=a', sha256: 'ab', notAfter: AT }],
  },
  steps: [
    {
      verb: 'expect',
      kind: 'flow',
      values: {},
      withinSeconds: 1,
      say: both('Send'),
      ordinal: 1,
      state: 'FAILED',
      expected: both('a flow & more'),
      got: both('nothing'),
      startedAt: AT,
      deadline: AT,
      endedAt: AT,
      seen: NOTHING,
      answer: null,
    },
  ],
}

const EVIDENCE: EvidenceDocument = {
  format: 'raccord-evidence-1',
  madeAt: AT,
  run: RUN,
  messages: [
    {
      id: 'flw_1',
      direction: 'in',
      name: 'FSO1110A_x.xml',
      at: AT,
      bytes: MESSAGE.length,
      sha256: createHash('sha256').update(MESSAGE).digest('hex'),
      content: MESSAGE.toString('base64'),
    },
  ],
  sessions: [],
  faults: [],
}

describe('the evidence file', () => {
  const page = evidenceHtml(EVIDENCE, 'en')

  test('is one page that asks for nothing else, in either language', () => {
    expect(page).not.toMatch(/(src|href)=/)
    expect(page).toContain('Acme &lt;/script&gt;')
    expect(page).toContain('seen &lt;by&gt; eye')
    expect(evidenceHtml(EVIDENCE, 'fr')).toContain('Procès-verbal de qualification')
  })

  test('is found as it was made', () => {
    expect(checkEvidence(page)?.map(({ isGood }) => isGood)).toEqual([true, true])
  })

  test('is found changed, whatever was changed in the record or a message', () => {
    const changed = page.replace('"state":"FAILED"', '"state":"PASSED"')
    expect(checkEvidence(changed)?.[0]).toMatchObject({ isGood: false })
    const shown = page.replace('FAILED', 'PASSED').replace('<h1>', '<h1>x ')
    expect(checkEvidence(shown)?.[0]).toMatchObject({ isGood: false })
    const other = page.replace(
      MESSAGE.toString('base64'),
      Buffer.from('<Other/>').toString('base64'),
    )
    expect(checkEvidence(other)?.map(({ isGood }) => isGood)).toEqual([false, false])
    expect(checkEvidence('<html></html>')).toBeUndefined()
  })

  test('as JUnit says what was expected and got, and which run it was', () => {
    const xml = junitOf([RUN])
    expect(xml).toContain('<failure message="expected a flow &amp; more">nothing</failure>')
    expect(xml).toContain('<property name="override" value="PASSED: seen &lt;by&gt; eye"/>')
    expect(xml).toContain('failures="1" errors="0" skipped="0"')
  })
})
