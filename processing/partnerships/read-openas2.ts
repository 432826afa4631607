import { NONE, type NodeId, type XmlDocument } from '../formats/xml/xml-document.ts'
import { XmlReader } from '../formats/xml/xml-reader.ts'

/** A partner of an OpenAS2 installation (its `partnerships.xml`). */
export interface OpenAs2Partner {
  readonly name: string
  readonly as2Id: string
  /** Of its certificate in the key store. */
  readonly alias: string | undefined
}

/** How messages go from one of them to another. */
export interface OpenAs2Partnership {
  readonly name: string
  readonly sender: string
  readonly receiver: string
  /** `as2_url`, `sign`, `encrypt`, …, as written. */
  readonly attributes: ReadonlyMap<string, string>
}

export interface OpenAs2File {
  readonly partners: readonly OpenAs2Partner[]
  readonly partnerships: readonly OpenAs2Partnership[]
}

/** A file of 10,000 partners is smaller. */
export const MAX_OPENAS2_BYTES = 16 * 1024 * 1024

/**
 * Reads the partners and partnerships of OpenAS2, versions 2 to 4.
 * @throws Error, in words for a person, when it is no such file
 */
export function readOpenAs2(xml: Buffer): OpenAs2File {
  if (xml.length > MAX_OPENAS2_BYTES)
    throw new Error(`It has more than ${MAX_OPENAS2_BYTES} bytes.`)
  const reader = new XmlReader()
  const { fault } = reader.read(xml)
  if (fault !== undefined) throw new Error(fault.detail.en)
  const { document } = reader
  if (document.nameOf(0).local !== 'partnerships')
    throw new Error('Its root is not <partnerships>.')
  const partners: OpenAs2Partner[] = []
  const partnerships: OpenAs2Partnership[] = []
  for (const node of childrenOf(document, 0)) {
    const { local } = document.nameOf(node)
    if (local === 'partner') partners.push(readPartner(document, node))
    else if (local === 'partnership') partnerships.push(readPartnership(document, node))
  }
  return { partners, partnerships }
}

function readPartner(document: XmlDocument, node: NodeId): OpenAs2Partner {
  const values = attributesOf(document, node)
  const [name, as2Id] = [values.get('name'), values.get('as2_id')]
  if (name === undefined || as2Id === undefined)
    throw new Error('A <partner> lacks name or as2_id.')
  return { name, as2Id, alias: values.get('x509_alias') }
}

function readPartnership(document: XmlDocument, node: NodeId): OpenAs2Partnership {
  let [sender, receiver] = ['', '']
  const attributes = new Map<string, string>()
  for (const child of childrenOf(document, node)) {
    const values = attributesOf(document, child)
    const name = values.get('name') ?? ''
    const { local } = document.nameOf(child)
    if (local === 'sender') sender = name
    else if (local === 'receiver') receiver = name
    else if (local === 'attribute') attributes.set(name, values.get('value') ?? '')
  }
  const name = attributesOf(document, node).get('name') ?? ''
  if (sender === '' || receiver === '') {
    throw new Error(`The <partnership> ${name} lacks sender or receiver.`)
  }
  return { name, sender, receiver, attributes }
}

function* childrenOf(document: XmlDocument, node: NodeId): Generator<NodeId> {
  for (let child = document.firstChild(node); child !== NONE; child = document.nextSibling(child)) {
    yield child
  }
}

function attributesOf(document: XmlDocument, node: NodeId): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  for (let at = document.firstAttribute(node); at < document.endAttribute(node); at += 1) {
    values.set(document.xmlName(document.attributeName(at)).local, document.attributeValue(at))
  }
  return values
}
