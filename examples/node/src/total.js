/** The sum in cents after a discount, rounded down. */
export function total(prices, discountPercent = 0) {
  const sum = prices.reduce((left, right) => left + right, 0);
  return Math.floor((sum * (100 - discountPercent)) / 100);
}
