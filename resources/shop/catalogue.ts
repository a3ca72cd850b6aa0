/** What the shop sells. Prices in cents. */
export interface Product {
  readonly id: number;
  readonly name: string;
  readonly category: string;
  readonly price: number;
  readonly stock: number;
  readonly description: string;
}

export const categories = ["Tea", "Coffee", "Books", "Kitchen", "Stationery"] as const;

type Row = readonly [name: string, category: (typeof categories)[number], price: number, stock: number, text: string];

const rows: readonly Row[] = [
  ["Earl Grey, loose leaf", "Tea", 890, 120, "Black tea with oil of bergamot. 100 g in a tin."],
  ["Sencha “Asatsuyu”", "Tea", 1450, 40, "Green tea from Kagoshima (鹿児島). 80 g."],
  ["Rooibos & vanilla", "Tea", 690, 75, "Free of caffeine. 100 g."],
  ["Assam, O'Neill's blend", "Tea", 820, 64, "Malty, takes milk well. 125 g."],
  ["Jasmine pearls", "Tea", 1690, 22, "Hand-rolled green tea, scented seven times. 60 g."],
  ["Espresso “Notte”", "Coffee", 1290, 90, "Dark roast, 70 % arabica. 500 g whole beans."],
  ["Yirgacheffe, washed", "Coffee", 1580, 35, "Bergamot and jasmine. 250 g whole beans."],
  ["Décaféiné de Colombie", "Coffee", 1180, 48, "Decaffeinated with sugar cane. 250 g."],
  ["Cold brew kit", "Coffee", 2490, 18, "Jug of 1 litre, filter, and 250 g of coarse ground coffee."],
  [
    "SQL for Gardeners",
    "Books",
    2990,
    15,
    "From SELECT * FROM seeds to GROUP BY bed: databases for people who grow things.",
  ],
  ["The Shell Collector's Handbook", "Books", 2450, 11, "Pipes, redirection and why rm -rf is spelled with care."],
  ["Kochbuch für Eilige", "Books", 1990, 27, "Fünfzig Gerichte in zwanzig Minuten."],
  ["A Field Guide to Angle Brackets", "Books", 3290, 9, "HTML, XML and the difference between < and &lt;."],
  ["Cast-iron pan, 26 cm", "Kitchen", 4590, 14, "Seasoned. Works on every hob, 2.8 kg."],
  ["Mortar and pestle", "Kitchen", 3190, 20, "Granite, 14 cm."],
  ["Chef's knife, 8\"", "Kitchen", 7990, 12, "Carbon steel; wants drying after use."],
  ["Tea strainer", "Kitchen", 590, 200, "Stainless steel, fits mugs up to 10 cm."],
  ["Notebook, dotted", "Stationery", 1250, 150, "A5, 192 pages, 90 g/m²."],
  ["Fountain pen <M>", "Stationery", 3890, 25, "Medium nib; converter included."],
  ["Ink, “Bleu nuit”", "Stationery", 950, 60, "50 ml. Not waterproof."],
];

export const products: readonly Product[] = rows.map(([name, category, price, stock, description], index) => ({
  id: index + 1,
  name,
  category,
  price,
  stock,
  description,
}));

export const manuals: Readonly<Record<string, string>> = {
  "cold-brew.txt":
    "COLD BREW KIT\n\n1. Fill the filter with 80 g of coarse ground coffee.\n2. Add 1 litre of cold water.\n3. Wait for 12 hours.\n",
  "cast-iron.txt": "CAST-IRON PAN\n\nDo not wash with soap. Dry at once. Oil thinly.\n",
  "fountain-pen.txt":
    "FOUNTAIN PEN\n\nTurn the converter's knob until the nib is covered with ink, then turn it back.\n",
  "returns.txt": "RETURNS\n\nSend the goods back within 30 days. The label is in the parcel.\n",
};
