import { SaxesParser } from 'saxes'

/** An element of a small document, whole in memory. */
export interface XmlElement {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: XmlElement[]
  text: string
}

/** @throws when the text is not well-formed */
export function parseXml(xml: string): XmlElement {
  const root: XmlElement = { name: '', attributes: {}, children: [], text: '' }
  const open = [root]
  const parser = new SaxesParser()
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', ({ name, attributes }) => {
    const element: XmlElement = { name, attributes: { ...attributes }, children: [], text: '' }
    open.at(-1)!.children.push(element)
    open.push(element)
  })
  parser.on('text', (text) => {
    open.at(-1)!.text += text
  })
  parser.on('closetag', () => {
    open.pop()
  })
  parser.write(xml).close()
  return root.children[0]!
}

/** Descendant by child names. @throws when there is none */
export function at(element: XmlElement, ...names: readonly string[]): XmlElement {
  return names.reduce((here, name) => {
    const child = here.children.find((candidate) => candidate.name === name)
    if (child === undefined) throw new Error(`<${here.name}> has no <${name}>`)
    return child
  }, element)
}

interface Child {
  readonly name: string
  readonly min: number
  readonly max: number
}

interface Shape {
  readonly children?: readonly Child[]
  readonly attributes?: Readonly<Record<string, RegExp>>
  readonly text?: RegExp
}

const one = (name: string): Child => ({ name, min: 1, max: 1 })
const maybe = (name: string): Child => ({ name, min: 0, max: 1 })
const many = (name: string, min = 1): Child => ({ name, min, max: Infinity })
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/
const COUNT = /^\d+$/
const ANY = /^/
const PARTNER: Shape = { children: [one('Id'), maybe('Libelle'), maybe('Note')] }

/**
 * `CPPStatut` with `CPPFluxStatuts`: names, order, cardinality and lengths of the table in
 * reference chorus-pro-edi §9.1. The operator's schema itself is not at hand.
 */
const SHAPES: Readonly<Record<string, Shape>> = {
  CPPStatut: {
    attributes: { Version: /^V1_19$/ },
    children: [one('Enveloppe'), one('CPPFluxStatuts')],
  },
  Enveloppe: { children: [many('EnveloppeUnitaire')] },
  EnveloppeUnitaire: {
    attributes: { NumOrdre: COUNT },
    children: [one('Parametres'), one('Partenaires')],
  },
  Parametres: { children: [many('ParametreIndiv', 2)] },
  ParametreIndiv: {
    attributes: { NumOrdre: /^\d{4}$/ },
    children: [one('Code'), one('Valeurparametre'), maybe('Note')],
  },
  Code: { text: /^.{5}$/s },
  Valeurparametre: { text: ANY },
  Partenaires: { children: [one('Recepteur'), one('Emetteur')] },
  Recepteur: PARTNER,
  Emetteur: PARTNER,
  Id: { text: /^.{3,8}$/s },
  CPPFluxStatuts: { attributes: { compteur: COUNT }, children: [many('CPPFluxStatutUnitaire')] },
  CPPFluxStatutUnitaire: { attributes: { NumOrdre: COUNT }, children: [one('DonneesStatut')] },
  DonneesStatut: {
    children: [
      one('IdStatut'),
      maybe('ComplementStatut'),
      maybe('Commentaire'),
      maybe('Note'),
      one('Horodatage'),
      maybe('IdProducteur'),
      maybe('Producteur'),
      one('IdFlux'),
      maybe('Details'),
    ],
  },
  IdStatut: { text: /^9[0-6]$/ },
  ComplementStatut: { text: /^.{0,40}$/s },
  Commentaire: { text: ANY },
  Horodatage: { text: DATE_TIME },
  IdFlux: { text: /^.+$/s },
  Details: { attributes: { NbLignesErreur: COUNT }, children: [many('LigneErreurDetail')] },
  LigneErreurDetail: {
    attributes: { IdLigne: ANY },
    children: [
      one('NatureErreur'),
      one('CodeErreur'),
      one('LibelleErreur'),
      maybe('DescriptionErreur'),
    ],
  },
  NatureErreur: { text: ANY },
  CodeErreur: { text: ANY },
  LibelleErreur: { text: ANY },
  DescriptionErreur: { text: ANY },
}

/** What breaks the structure of a `CPPStatut` document; empty = nothing. */
export function cppStatutFaults(element: XmlElement, path = ''): string[] {
  const here = `${path}/${element.name}`
  const shape = SHAPES[element.name]
  if (shape === undefined) return [`${here}: unknown element`]
  const faults: string[] = []
  for (const [name, pattern] of Object.entries(shape.attributes ?? {})) {
    const value = element.attributes[name]
    if (value === undefined || !pattern.test(value)) faults.push(`${here}/@${name}: ${value}`)
  }
  for (const name of Object.keys(element.attributes)) {
    if (shape.attributes?.[name] === undefined) faults.push(`${here}/@${name}: unknown attribute`)
  }
  if (shape.text !== undefined && !shape.text.test(element.text)) {
    faults.push(`${here}: "${element.text}"`)
  }
  if (shape.text === undefined && element.text.trim() !== '') faults.push(`${here}: has text`)
  const names = element.children.map(({ name }) => name)
  const expected = shape.children ?? []
  const inOrder = expected.flatMap(({ name }) => names.filter((candidate) => candidate === name))
  if (inOrder.join() !== names.join()) faults.push(`${here}: children ${names.join()}`)
  for (const { name, min, max } of expected) {
    const count = names.filter((candidate) => candidate === name).length
    if (count < min || count > max) faults.push(`${here}/${name}: ${count} times`)
  }
  if (element.name === 'Details') {
    const announced = Number(element.attributes['NbLignesErreur'])
    if (announced !== names.length) faults.push(`${here}: ${announced} announced`)
  }
  if (element.name === 'Parametres') {
    const codes = new Set(element.children.map((child) => at(child, 'Code').text))
    for (const code of ['DtPrd', 'IdFlx']) {
      if (!codes.has(code)) faults.push(`${here}: no ${code}`)
    }
  }
  return [...faults, ...element.children.flatMap((child) => cppStatutFaults(child, here))]
}
