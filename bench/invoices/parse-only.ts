import { SaxesParser } from 'saxes'

/** As fast as saxes goes: namespaces, no positions, nobody listening. */
export function parseOnly(bytes: Buffer): void {
  new SaxesParser({ xmlns: true, position: false }).write(bytes.toString()).close()
}
