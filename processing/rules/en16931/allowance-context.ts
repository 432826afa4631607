import { NONE } from '../../formats/xml/xml-document.ts'
import { nameId } from '../../formats/xml/xml-names.ts'
import { exactCodeOf, packed } from '../element-values.ts'
import type { Condition } from './en-rule.ts'
import { isCiiCharge } from './cii-facts.ts'
import { isCharge } from './ubl-facts.ts'

/** What makes an `cac:AllowanceCharge` an allowance, or a charge: 0 and 1 are booleans too. */
export const isUblAllowance: Condition = (node, { document }) => isCharge(document, node) === false
export const isUblCharge: Condition = (node, { document }) => isCharge(document, node) === true

/** The same of a `ram:SpecifiedTradeAllowanceCharge`. */
export const isCiiAllowanceBoolean: Condition = (node, { document }) =>
  isCiiCharge(document, node) === false
export const isCiiChargeBoolean: Condition = (node, { document }) =>
  isCiiCharge(document, node) === true

/** ARTEFACT: rules on a `ram:ChargeIndicator` compare the text, so that 0 and 1 are neither. */
const INDICATOR = nameId('udt:Indicator')
const saying =
  (text: string): Condition =>
  (node, { document }) => {
    const code = packed(text)
    let indicator = document.child(node, INDICATOR)
    while (indicator !== NONE) {
      if (exactCodeOf(document, indicator) === code) return true
      indicator = document.next(indicator)
    }
    return false
  }
export const saysAllowance = saying('false')
export const saysCharge = saying('true')
