/*
 * Unicode 15.0.0, the version of Go 1.21 to 1.26 and so of every Prometheus 3: general categories and scripts of all
 * code points, and simple case folding. Pinned rather than taken from the JavaScript engine, whose tables are newer
 * and change with the release of Node. Derived from the Unicode Character Database (Unicode License v3,
 * https://www.unicode.org/license.txt).
 */

/** Sorted, disjoint, non-adjacent ranges of code points: lower and upper bound in turn, both inclusive. */
export type RuneRanges = readonly number[];

/** The last code point. */
export const MAX_RUNE = 0x10ffff;

/** The first and last code point that folds with another. */
const MIN_FOLD = 0x41;
const MAX_FOLD = 0x1e943;

/** The categories in the order of their letters in CATEGORY_RUNS, A being Cn. */
const CATEGORIES = 'Cn Cc Cf Co Cs Ll Lm Lo Lt Lu Mc Me Mn Nd Nl No Pc Pd Pe Pf Pi Po Ps Sc Sk Sm So Zl Zp Zs'.split(
  ' ',
);

/** Runs of code points of one category: the length in base 36 (1 is left out) and a letter. */
const CATEGORY_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ!#$%';
const CATEGORY_RUNS = `
wB%3VX3VWSVZVR2VaN2V3Z2VqJWVSYQYqFWZSZxB%V4X!VY!HUZC!Y!Z2PYF2VYPHT3PVnJZ7JoFZ8FJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJ
FJFJFJFJFJFJFJFJFJ2FJFJFJFJFJFJFJFJ2FJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJF2JFJFJ3F2JFJF2JF3J2F4JF2JF3J3F2JF
2JFJFJF2JFJ2FJF2JF3JFJF2J2FHJ3F4HJIFJIFJIFJFJFJFJFJFJFJFJ2FJFJFJFJFJFJFJFJFJ2FJIFJF3JFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJF
JFJFJFJFJFJFJFJFJFJFJFJFJFJ7F2JF2J2FJF4JFJFJFJFJ1xFHrFiG4YcGeY5G7YGYGhY34MJFJFGYJF2AG3FVJ4A2YJV3JAJA2JFhJA9JzFJ2F3J3
FJFJFJFJFJFJFJFJFJFJFJFJ5FJFZJF2J2F1fJ1cFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJF!5M2LJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJF
JFJFJFJFJFJFJFJFJF2JFJFJFJFJFJFJ2FJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJF
JFJFJFJFJFJFJFA12J2AG6V15FVR2A2!XA19MRMV2MV2MVM8ArH4A4H2VbA6C3Z2VX2V2!bMVC3VwHGaHlMaN4V2HM2rHVH7MC!6M2G2M!4M2HaN3H2!
HeVACHMuHrM2A2hHbMHeAaNxH9M2G!3VG2AM2XmH4MG9MG3MG5M2AfVApH3M2AVAbH5AoHY6HA2C6A8M15HGoMCwMK1iHMKMH3K8M4KM2KH7MaH2M2Va
NVGfHM2KA8H2A2H2AmHA7HAH3A4H2AMH3K4M2A2K2A2KMH8AK4A2HA3H2M2AaN2H2X6P!XHVM2A2MKA6H4A2H2AmHA7HA2HA2HA2H2AMA3K2M4A2M2A3
M3AM7A4HAH7AaN2M3HMVaA2MKA9HA3HAmHA7HA2HA5H2AMH3K5MA2MKA2KM2AHfA2H2M2AaNVX7AH6MAM2KA8H2A2H2AmHA7HA2HA5H2AMHKMK4M2A2K
2A2KM7A2MK4A2HA3H2M2AaN!H6PaAMHA6H3A3HA4H3A2HAHA2H3A2H3A3H3AcH4A2KM2K3A3KA3KM2AH6AKeAaN3P6!X!5AM3KM8HA3HAnHAgH2AMH3M
4KA3MA4M7A2MA3H2AH2A2H2M2AaN7AV7P!HM2KV8HA3HAnHAaHA5H2AMHKM5KAM2KA2K2M7A2K6A2HA2H2M2AaNA2HKcA2M2K9HA3HA15H2MH3K4MA3K
A3KMH!4A3HK7P3H2M2AaN9P!6HAM2KAiH3AoHA9HAH2A7H3AM4A3K3MAMA8K6AaN2A2KVcA1cHM2H7M4AX6HG8MVaN2V11A2HAHA5HAoHAHAaHM2H9MH
2A5HAGA7MAaN2A4HwAH3!fV!V3!2M6!aNaP!M!M!MWSWS2K8HA10H4AeMK5MV2M5HbMA10MA8!M6!A2!5V4!2V11A17H2K4MK6MK2M2K2MHaN6V6H2K2
M4H3MH3K2H7K3H4MdHM2K2M6KMHKaN3KM2!12JAJ5AJ2A17FVG3F95HA4H2A7HAHA4H2A15HA4H2AxHA4H2A7HAHA4H2AfHA1lHA4H2A1vH2A3M9VkP3
AgHa!6A2eJ2A6F2ARh8H!VhH%qHWS3A23H3V3O8H7AiH3MK9AjH2MK2V9AiH2McAdHA3HA2McA1gH2MK7M8KM2KbM3VG3VXHM2AaN6AaP6A6VR4V3MCM
aN6AzHG1hH7A5H2MyHMH5A1yHaAvHA3M4K2M3K4A2KM6K3M4A!3A2VaNuH2A5HbA18H4AqH6AaNP3Ay!nH2M2KM2A2V1hHKMK7MAMKM2K8M6KaM2AMaN
6AaN6A7VG6V2AeMLgM1dA4MK1bHMK5MKM5KM2K8H3AaN7Va!9M9!2VA2MKuHK4M2K2MK3M2HaN18HMK2M3KMK3M2K8A4V10H8K8M2K2M3A5VaN3A3HaN
uH6G2V9F7A17J2A3J8V8A3MVdMK7M4HM6HM2HK2MH5A18F1rGdFGyF11G1sMJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJF
JFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJ9FJFJFJFJFJFJFJFJFJFJFJ
FJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJ9F8J6F2A6J2A8F8J8F8J6F2A6J2A8FAJAJAJAJ8F
8JeF2A8F8I8F8I8F8I5FA2F4JIYF3Y3FA2F4JI3Y4F2A2F4JA3Y8F5J3Y2A3FA2F4JI2YAb%5C6R2VUTW2UTWU8V#$5C%9VUT4V2Q3VZWSbVZVQaV%5C
AaCPG2A6P3ZWSGaP3ZWSAdG3AxXfAdM4LM3LcMfA2!J4!J2!F3J2F3JF!J2!Z5J6!J!J!J!4J!F4JF4HF2!2F2J5ZJ4F!Z2!F!gPzOJF4OP2!4A5Z5!2
Z4!Z2!Z2!Z7!Zv!2Z2!Z!Zv!7gZ8!WSWSk!2Z7!WS29!Zu!pZ14!6Z1x!pAb!lA1oP26!mP53!Z9!Z1i!8Z33!Z6w!WSWSWSWSWSWSWSuP18!5ZWSvZW
SWSWSWSWSgZ74!3nZWSWSWSWSWSWSWSWSWSWSWS1rZWSWSwZWS76Z1c!lZ2!6Z13!2Aw!A2x!1cJ1cFJF3J2FJFJFJF4JFJ2FJ6F2G3JFJFJFJFJFJFJ
FJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJ2F6!JFJF3MJF5A4VP2V12FAF5AF2A1
kH7AGVeAMnH9A7HA7HA7HA7HA7HA7HA7HA7HAwM2VUTUT3VUTVUT9VR2VRVUT2VUTWSWSWSWS5VGaV2R4VRVWdV2!3VWSWSWSWSRyAq!A2h!cA5y!qAc
!4A%3V!GHOWSWSWSWSWS2!WSWSWSWSRW2S!9O4M2KR5G2!3OGHV2!A2eH2A2M2Y2GHR2iHV3GH5A17HA2mHA2!4Pa!wH10!cAgHv!AaPu!8P!fPw!aP1
3!fP8w!534H1s!g7pHGvrH3A1j!9A14H6G2V7gHG3VgHaN2HkAJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFHM3LVaMVGJFJFJFJFJFJ
FJFJFJFJFJFJFJFJF2G2M1yHaO2M6V8AnY9G2YJFJFJFJFJFJFJ3FJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFJFG
8FJFJF2JFJFJFJFJFG2YJFJFHJFJ3FJFJFJFJFJFJFJFJFJFJF5JF5JFJFJFJFJFJFJFJF4JFJF5AJFAFAFJFJFoA3GJFH2GF7HM3HM4HMnH2K2MK4!M
3A6P2!X!6A1gH4V8A2K1eHgK2M8A2VaN6AiM6H3VHV2HMaNsH8M2VnHbM2KbAVtH3A3MK1bHM2K4M2K2M3KdVAGaN4A2V5HMG9HaN5HA15H6M2K2M2K2
M9A3HM8HMK2AaN2A4VgHG6H3!HKMK1eHMH3M2H2M5H2MHMHoA2HG2VbHK2M2K2VH2GKMaA6H2A6H2A6H9A7HA7HA17FY4G9FG2Y4A28FzH2KM2KM2KVK
M2AaN6A8mcHcAnH4A1dH4A1kwE4xsDa6H2A2yH12A7FcA5F5AHMaHZdHA5HAHA2HA2HA30HhYgAa3HSWg!1sH2A1iH7A!wAcHX3!gM7VWSV6AgMV2R2Q
WSWSWSWSWSWSWSWS2VWS4V3Q3VA4VRWSWSWS3VZR3ZAVX2V4A5HA3rH2ACA3VX3VWSVZVR2VaN2V3Z2VqJWVSYQYqFWZSZWSVWS2VaHG19H2GvH3A6H2
A6H2A6H2A3H3A2XZY!2XA!4Z2!aA3C2!2AcHAqHAjHA2HAfH2AeHyA3fH5A3V4A19P3A9!1hO4Ph!2P3!Ad!3A!1bA19!M3mAtH3A1dHfAMrP4AwH4P9
AkHO8HO5A12H5M5AuHAV10H4A8HV5O16A14J14F26H2AaN6A10J4A10F4A14H8A1gHbAVbJAfJA7JA2JAbFAfFA7FA2F1vA8nH9AmHaA8HoA6GA16GA9
G1xA6H2AHA18HA2H3AH2AnHAV8PnH2!7PvH8A9P1cAjHA2H5A5PmH6P3AVqH5AV1sA1kH4A2P2HgP2A1aPH3MA2M5A4M4HA3HAtH2A3M4AM9P7A9V7At
H2PVtH3PwA8H!sH2M4A5P7V9A1iH3A7VmH2A8PjH5A8PiH7A4VcA7P28A21H1jA1fJdA1fF7A6P10H4M8AaN86AvPA16HA2MR2A2H23A3MtHaPH8AmHb
M4P5VmAiH4M4V12AlH7PkAnH9AKMK1hHfM7V4AkPaNM2H2MH9A3MK19H3K4M2K2M2VC4VMaAC2ApH7AaN6A3M10H5MK8MAaN4VH2KH8AzHM2VH9A2MK1
cH3K9M2K4H4V4MVKMaNHVH3VAkPbAiHApH3K3M2KMK2M6VM2HM1qA7HAHA4HAfHAaHV6A1bHM3K8M5AaN6A2M2KA8H2A2H2AmHA7HA2HA5HA2MH2KM4K
2A2K2A3K2AH6AK5A5H2K2A7M3A5M3vA1hH3K8M2K3MKM4H5VaN2VAVM3HuA1cH3K6MKM4K2MK2M2HVH8AaN4mA1bH3K4M2A4K2MK2MnV4H2MyA1cH3K8
M2KMK2M3VHbAaN6AdVjA17HMKM2K6MKMHV6AaN1iArH2A3M2K4MK5M4AaN2P3V!7H55A18H3K9MK2MV2sAwJwFaN9PcA8H2AH2A8HA2HAoH6KA2K2A2M
KMHKHKM3V9AaN1yA8H2A13H3K4M2A2M4KMHVHKrAHaM14H6MKH4M8VM8AH6M2K3M1aHdMK2M3VH5VdA21H7AaV6uA9HA11HK7MA6MKMH5VaAaNjP3A2V
uH2AmMAK7MK2MK2M21A7HA2HA12H6M3AMA2MA7MHM8AaN6A6HA2HAwH5KA2MA2KMKMH7AaN8mAjH2M2K2V7A2MHKdHAyH2K5M3A2KMKMdVaN2eAHfAlP
8!4Xh!dAVpmH2uA33OA5VbA5gH218A2pH2VdAtsHgCM6HfM33eAg7H6ntAftH7AvHAaN4A2V27HAaN6AuH2A5MVaA1cH7M5V4!4GV!aAaNA7PAlH5AjH
j4AwJwFnP4V2tA23H4AMH1jK7A4MdG1sA2GVGMbA2KeA4qgH8AyeH16A9H6w7A4GA7GA2GA83HfAHtA3H2AHeA4H8Ab0H1s4A2zH5AdH3A9H7AaH2A!2
MV4C3mkA1aM2AnM9A38!1oA6u!aA13!2A1o!2K3M3!6K8C8M2!7Mu!4M1p!lA1u!3M!3eAkPcAkPcA2f!9ApP3rAqJqFqJ7FAiFqJqFJA2J2AJ2A2J2A
4JA8J4FAFA7FAbFqJqF2JA4J2A8JA7JAqF2JA4JA5JAJ3A7JAqFqJqFqJqFqJqFqJqFqJqFqJsF2ApJZpFZ6FpJZpFZ6FpJZpFZ6FpJZpFZ6FpJZpFZ6
FJF2A1eNe8!1jM4!1eM8!Me!M2!5VfA5MAfMuoAaFHkF6A6F5xA7MAhM2A7MA2MA5M5A1qGxAM34A19H3A7M7G2AaN4AH!8wAuHMhA18H4MaN5AXcwAr
HG4MaNkmA7HA4HA2HAfHA5hH2A9P7M15AyJyF7MG4AaN4A2VltA1nP!3PX4P24A19P!fP5eA4HArHA2HAH2AHAaHA4HAHAH6AH4AHAHAHA3HA2HAH2AH
AHAHAHAHA2HAH2A4HA7HA4HA4HAHAaHAhH5A3HA5HAhH1gA2Z7iA18!4A2s!cAf!2Af!Af!A11!aAdP4h!1kAt!dA18!4A9!7A2!eA6!4aA6z!5Yk8!4
Ah!3Ad!3A3b!4A2n!6Ac!4A!fAc!4A1k!8Aa!6A14!8Au!2A2!26A9g!cAe!2Ad!3A9!7A1a!A7!8Ae!4A9!7A9!7A43!A1j!11AaNsmAwyoHwA37eH6
A66H2A4g2HeA5rlH2e7Af2H15uA3t7H5A38gHf975ACuA2oC3kA6oM1e6oA1ekeD2A1ekeD2A`;

/** The scripts in the order of their letter pairs in SCRIPT_RUNS. */
const SCRIPTS = `
Adlam Ahom Anatolian_Hieroglyphs Arabic Armenian Avestan Balinese Bamum Bassa_Vah Batak Bengali Bhaiksuki Bopomofo
Brahmi Braille Buginese Buhid Canadian_Aboriginal Carian Caucasian_Albanian Chakma Cham Cherokee Chorasmian Common
Coptic Cuneiform Cypriot Cypro_Minoan Cyrillic Deseret Devanagari Dives_Akuru Dogra Duployan Egyptian_Hieroglyphs
Elbasan Elymaic Ethiopic Georgian Glagolitic Gothic Grantha Greek Gujarati Gunjala_Gondi Gurmukhi Han Hangul
Hanifi_Rohingya Hanunoo Hatran Hebrew Hiragana Imperial_Aramaic Inherited Inscriptional_Pahlavi
Inscriptional_Parthian Javanese Kaithi Kannada Katakana Kawi Kayah_Li Kharoshthi Khitan_Small_Script Khmer Khojki
Khudawadi Lao Latin Lepcha Limbu Linear_A Linear_B Lisu Lycian Lydian Mahajani Makasar Malayalam Mandaic Manichaean
Marchen Masaram_Gondi Medefaidrin Meetei_Mayek Mende_Kikakui Meroitic_Cursive Meroitic_Hieroglyphs Miao Modi
Mongolian Mro Multani Myanmar Nabataean Nag_Mundari Nandinagari New_Tai_Lue Newa Nko Nushu Nyiakeng_Puachue_Hmong
Ogham Ol_Chiki Old_Hungarian Old_Italic Old_North_Arabian Old_Permic Old_Persian Old_Sogdian Old_South_Arabian
Old_Turkic Old_Uyghur Oriya Osage Osmanya Pahawh_Hmong Palmyrene Pau_Cin_Hau Phags_Pa Phoenician Psalter_Pahlavi
Rejang Runic Samaritan Saurashtra Sharada Shavian Siddham SignWriting Sinhala Sogdian Sora_Sompeng Soyombo Sundanese
Syloti_Nagri Syriac Tagalog Tagbanwa Tai_Le Tai_Tham Tai_Viet Takri Tamil Tangsa Tangut Telugu Thaana Thai Tibetan
Tifinagh Tirhuta Toto Ugaritic Vai Vithkuqi Wancho Warang_Citi Yezidi Yi Zanabazar_Square`
  .trim()
  .split(/\s+/);

/** Runs of code points of one script: the length in base 36 (1 is left out) and two letters, or a dot for none. */
const SCRIPT_RUNS = `
1tAYqCS6AYqCS1bAYCSfAYCS5AYnCSAYvCSAYchCS13AY5CS5AY2AMkAY34CD4BRAY3BR2.4BRAYBR4.BRAYBRAY3BR.BR.kBR.1rBReAZgBR3pBD2CD
4pBD.12AE2.1eAE2.3AE.1jCA8.rCA4.6CAb.5ADAY6ADAYeADAY3ADAYwADAYaADbCDqADCD30ADAYyADeFI.1oFI2.3FI1cAD1eFTe.1nDX2.3DX1a
EW2.fEW.sDD2.DD.bFI5.vAD.2AD6.22ADAYtAD29BF4CDfBF2AYqBF4AK.8AK2.2AK2.mAK.7AK.AK3.4AK2.9AK2.2AK2.4AK8.AK4.2AK.5AK2.pA
K2.3BU.6BU4.2BU2.mBU.7BU.2BU.2BU.2BU2.BU.5BU4.2BU2.3BU3.BU7.4BU.BU7.hBUa.3BS.9BS.3BS.mBS.7BS.2BS.5BS2.aBS.3BS.3BS2.B
Sf.4BS2.cBS7.7BS.3EL.8EL2.2EL2.mEL.7EL.2EL.5EL2.9EL2.2EL2.3EL7.3EL4.2EL.5EL2.iELa.2FP.6FP3.3FP.4FP3.2FP.FP.2FP3.2FP3
.3FP3.cFP4.5FP3.3FP.4FP2.FP6.FPe.lFP5.dFS.3FS.nFS.gFS2.9FS.3FS.4FS7.2FS.3FS2.FS2.4FS2.aFS7.9FSdCI.3CI.nCI.aCI.5CI2.9
CI.3CI.4CI7.2CI6.2CI.4CI2.aCI.3CIc.dDC.3DC.1fDC.3DC.6DC4.gDC2.qDC.3FC.iFC3.oFC.9FC.FC2.7FC3.FC4.6FC.FC.8FC6.aFC2.3FC
c.1mFU4.AYsFU11.2CR.CR.5CR.oCR.CR.nCR2.5CR.CR.7CR.aCR2.4CRw.20FV.10FV4.13FV.10FV.fFV.7FV4AY2FV11.4gDR12BN.BN5.BN2.17
BNAY4BN74BW21BM.4BM2.7BM.BM.4BM2.15BM.4BM2.xBM.4BM2.7BM.BM.4BM2.fBM.1lBM.4BM2.1vBM2.wBM3.qBM6.2eAW2.6AW2.hsARtEA3.23
EV3AYbEV7.mFJ9.FJlBY2AY9.kAQc.dFK.3FK.2FKc.2mCO2.aCO6.aCO6.2DO2AYDOAYkDO6.2hDO7.17DO5.1yARa.vCU.cCU4.cCU4.CU3.cCUuFL
2.5FLb.18DV4.qDV6.bDV3.2DVwCOsAP2.2AP1rFM.tFM2.bFM6.aFM6.eFM2.vCD1d.25AG3.1bAG.1sFG1gAJ8.4AJ1kCT3.fCT3.3CT1cEB9BD7.1
7BN2.3BN8FG8.3CDAYdCDAY7CD4AYCD6AYCD3AY2CDAY5.12CS5BRBD1dCS5BR4CS5BRdCSBD1yCSBR1sCD74CSmBR2.6BR2.12BR2.6BR2.8BR.BR.B
R.BR.vBR2.1hBR.fBR.eBR2.6BR.jBR2.3BR.9BR.cAY2CD2fAY.bAYCS2.bAYCSfAY.dCS3.xAYf.xCDf.12AYBR3AY2CS6AYCSrAYCShAY15CS3AY4
.ifAYp.bAYl.psAY74AOhgAY2.wAY.2xAY2oBOwCS38AZ5.7AZ12BN.BN5.BN2.1kFW7.2FWe.FWnBM9.7BM.7BM.7BM.7BM.7BM.7BM.7BM.7BM.wBD
2mAYy.qBV.2hBVc.5yBVq.cAY4.5AYBVAYBVpAY9BV4CD2BW8AY4BV4AY.2eCB2.2CD2AY3CBAY2iCJ2AY3CJ5.17AM.2mBW.gAYwAM10AYc.gCJvBW.
1sAYvBW29AY1bCJAY2gCJ4oAY534BV1sAYg74BVwdGF3.1jGF9.1cCX8cGAk.2oBD2gAH8.yAY2uCS3AY1sCS5.2CS.CS.5CSo.eCS19FH3.aAY6.1kE
R8.1yEX8.cEX6.wBF1aCLAYCL10EUb.EUtBW3.26CG.AYaCG4.2CGvDR.1jAV9.eAV2.aAV2.4AVwDR1vFNo.5FNnDIa.6BM2.6BM2.6BM9.7BM.7BM.
17CSAY9CSBR4CS2AY4.28AW1aDI2.aDI6.8mcBWc.nBW4.1dBW6is.a6BV2.2yBV12.7CSc.5AE5.qCA.5CA.CA.2CA.2CA.aCA37ADg.a3AD2AY28AD
2.1iAD7.ADw.gADgCDaAY6.eCD2BDzAY.jAY.4AY4.5AD.3rAD2.AY.wAYqCS6AYqCSbAYaCJAY19CJ2AYvBW3.6BW2.6BW2.6BW2.3BW3.7AY.7AYa.
5AY2.cCW.qCW.jCW.2CW.fCW2.eCWy.3fCW5.3AY4.19AY3.9AY27BR.dAY3.BR1b.19AYCD3m.tCY3.1dASf.CDrAY4.10ED9.3EDrBP5.17EF5.uFZ
.FZ10EG4.eEG16.28BE1cEZuEN2.aEN6.10EM4.10EM4.14BK8.1gATb.ATbGB.fGB.7GB.2GB.bGB.fGB.7GB.2GB1v.8nCV9.mCVa.8CVo.6CS.16C
S.9CS1x.6BB2.BB.18BB.2BB3.BB2.BBmCC.9CCwEPvDS8.9DS1c.jBZ.2BZ5.5BZsES3.ESqCZ5.CZ1s.wDLoDK4.kDK2.1aDK4CM.2CM5.8CM.3CM.
tCM2.3CM4.aCM7.9CM7.wEIwEEw.13DE4.cDE9.1iAF3.7AFmCF2.8CFjCE5.8CEiET7.4ETc.7ET28.21EJ1j.1fECd.1fEC7.6EC14BX8.aBX86.vA
D.16GE.3GE2.2GE23.3AD14EH8.16FDm.qEK12.sAXk.nBL9.26AN4.10AN9.AN1vCHa.CH2.pFE7.aFE6.1hAU.iAU8.13DA9.2oEY.kFCb.iCP.1bC
P1q.7DQ.DQ.4DQ.fDQ.bDQ6.1nCQ5.aCQ6.4BQ.8BQ2.2BQ2.mBQ.7BQ.2BQ.5BQ.CD9BQ2.2BQ2.3BQ2.BQ6.BQ5.7BQ2.7BQ3.5BQ3v.2kDW.5DWu.
20FX8.aFX4m.1iFA2.12FAy.1xDNb.aDN6.dDOj.1mFO6.aFO1i.rAB2.fAB4.nAB55.1oBH2s.2bGDc.GD7BG2.BG2.8BG.2BG.uBG.2BG2.cBG9.aB
G1y.8DU2.1aDU2.bDUr.20GG8.2bFFd.gAR1lEQ7.aBF6u.9AL.19AL.eALa.tAL3.wDF2.mDF.eDF21.7DG.2DG.18DG3.DG.2DG.9DG8.aDG6.6BT.
2BT.11BT.2BT.6BT7.aBT8m.pDB7.hCK.15CK3.sCK2e.CXf.1eFPd.FPpmBA2u.33BA.5BAb.5gBA218.2rBCd.uuBJ33e.g7AC6nt.ftAH7.vDP.aD
P4.2DP27FQ.aFQ6.uAI2.6AIa.1yEOa.aEO.7EO.lEO5.jEOj4.2jDH2t.23DM4.1lDM7.hDM1s.FRDY2BVCNb.2BVe.4qgFR8.lcFRd2CN16.9FR6w7
.4CJ.7CJ.2CJ.CJ7zCB3CJf.CBt.3CB2.CJe.4CJ8.b0DY1s4.2zBI5.dBI3.9BI7.aBI2.4BI4AY3mk.1aCD2.nCD9.38AY1o.6uAYa.13AY2.1qAY3
CDhAY8CD2AY7CDuAY4CD1pAYl.1yBR3e.kAYc.kAYc.2fAY9.pAY3r.2dAY.1zAY.2AY2.AY2.2AY2.4AY.cAY.AY.7AY.1tAY.4AY2.8AY.7AY.sAY.
4AY.5AY.AY3.7AY.9gAY2.84AY2.1eAYi4FBf.5FB.fFBuo.vCS6.6CS5x.7BO.hBO2.7BO.2BO.5BO5.1qBDx.BD34.19DZ3.eDZ2.aDZ4.2DZ8w.vF
Yh.1mGC5.GCcw.16DTkm.7BM.4BM.2BM.fBM.5hDJ2.gDJ15.24AA4.aAA4.2AAlt.1wAY24.1pAY5e.4AD.rAD.2AD.AD2.AD.aAD.4AD.AD.AD6.AD
4.AD.AD.AD.3AD.2AD.AD2.AD.AD.AD.AD.AD.2AD.AD2.4AD.7AD.4AD.4AD.AD.aAD.hAD5.3AD.5AD.hAD1g.2AD7i.18AY4.2sAYc.fAY2.fAY.f
AY.11AYa.4uAY1k.qAYCB2AYd.18AY4.9AY7.2AYe.6AY4a.rcAY4.hAY3.dAY3.3bAY4.2nAY6.cAY4.AYf.cAY4.1kAY8.aAY6.14AY8.uAY2.2AY2
6.9gAYc.eAY2.dAY3.9AY7.1aAY.7AY8.eAY4.9AY7.9AY7.43AY.1jAY11.aAYsm.wyoBVw.37eBV6.66BV2.4g2BVe.5rlBV2e7.f2BV15u.3t7BV5
.38gBVf975.AYu.2oAY3k.6oCD`;

/** Code points that fold with one other, in base 36: the first, the distance to its partner, how many more, their stride. */
const FOLD_PAIRS = `
1t w a,24 w 7,2c w 7,5c w 5,5i w h,60 w 7,67 5vj,73 3d,74 1 o 2,8i 1 3 2,8p 1 8 2,96 1 n 2,ah 1 3 2,ao 5f,ap 5u,
aq 1 2 2,au 5q,av 1,ax 5p 2,az 1,b2 27,b3 5m,b4 5n,b5 1,b7 5p,b8 5r,b9 2p,ba 5v,bb 5t,bc 1,be 4j,bg 5v,bh 5x,bi 3m,
bj 5y,bk 1 3 2,bq 62,br 1,bt 62,bw 1,by 62,bz 1,c1 61 2,c3 1 2 2,c7 63,c8 1,cc 1,cf 1k,ct 1 8 2,da 1 9 2,dw 1,
e0 1 k 2,f6 1 9 2,fu 8bv,fv 1,fy 8bs,fz 8cf 2,g1 1,g4 1x,g5 1z,g6 1 5 2,gg 8bj,gh 8bg,gi 8bi,gs wnj,gx wnf,h1 wmg,
h2 wn8,h6 wn8,h7 8af,h8 wn5,hd 8al,hp 89z,hu wn7,hz wmi,il wlx,im wlu,og 1 2 2,om 1,or 3m 3,ov 38,p2 12,p4 11 3,
p8 1s,pa 1r 2,pd w 2 2,pg w 2 2,pj w,pn w 2 2,pq w 2,pw w 2,pz w 2,q2 w 2,r3 8,rc 1 c 2,s2 7,s7 1,sa 1,sg 28 g,
sw w 2,sz w 2 2,t2 w 8,tb w 2,tf w 7,tn w 5,v4 1,v8 1 f 2,wa 1 r 2,xs f,xt 1 7 2,y8 1 1c 2,10x 1c 12,3a8 5ls 12,
3bb 5ls,3bh 5ls,3bk 2bk 17,3ct 2bk 3,3vk tzk 28,3xs 8 6,5tl r9g,5tp 2xy,5u6 raw,5xc 1 1c 2,602 1 q 2,61s 1 1c 2,
64g 8 8,64w 8 6,65c 8 8,65s 8 8,668 8 6,66p 8 4 2,674 8 8,67k 22 2,67m 2e 4,67q 2s 2,67s 3k 2,67u 34 2,67w 3i 2,
680 8 8,68g 8 8,68w 8 8,69c 8 2,69f 9,69v 9,6a8 8 2,6ao 8 2,6at 7,6b7 9,6k2 s,6lc g g,6mb 1,792 q q,8ow 1c 1c,8rk 1,
8rr 1 3 2,8s2 1,8s5 1,8sg 1 1e 2,8vf 1 2 2,8vm 1,wu8 1 5 2,wuk 1 h 2,ww0 1 e 2,x0i 1 7 2,x0y 1 v 2,x2x 1 2 2,
x32 1 5 2,x3f 1,x3k 1 2 2,x3o 1c,x3q 1 a 2,x4j ps,x4k 1 8 2,x53 1 2 2,x5c 1,x5i 1 2 2,x6d 1,1ee9 w q,1fcw 14 14,
1fhs 14 10,1fn4 13 b,1fng 13 f,1fnw 13 7,1fo4 13 2,1h1c 1s 1f,1jfk w w,20cg w w,2olc y y`;

/** Code points that fold with more than one other, in base 36. */
const FOLD_ORBITS = `
23 2z 6ju,2b 37 an,51 po qk,5h 6d 6jv,ck cl cm,cn co cp,cq cr cs,dt du dv,n9 pl qh 69q,pe qa r4,ph qd s5,pk qg r5 s4,
pm qi s0,ps qo ra,pt qp s1,pv qq qr,py qu r9,q1 qx 6jq,sy tu 5mo,t0 tw 5mp,ta u6 5mq,td u9 5mr,te ua 5ms 5mt,
tm ui 5mu,v6 v7 5mv,5mw wui wuj,600 601 61n`;

/** A map that is computed when it is first asked for. */
function lazily<T>(compute: () => T): () => T {
  let value: T | undefined;
  return () => (value ??= compute());
}

/** Runs of code points with a property, as ranges by property. */
function decodeRuns(
  runs: string,
  pattern: RegExp,
  nameOf: (code: string) => string | undefined,
): Map<string, number[]> {
  const ranges = new Map<string, number[]>();
  let next = 0;
  for (const [, length = '', code = ''] of runs.replaceAll('\n', '').matchAll(pattern)) {
    const from = next;
    next += length === '' ? 1 : Number.parseInt(length, 36);
    const name = nameOf(code);
    if (name === undefined) continue;
    const known = ranges.get(name);
    if (known === undefined) ranges.set(name, [from, next - 1]);
    else known.push(from, next - 1);
  }
  return ranges;
}

const categories = lazily((): ReadonlyMap<string, RuneRanges> => {
  const single = decodeRuns(
    CATEGORY_RUNS,
    /([0-9a-z]*)([A-Z!#$%])/g,
    (code) => CATEGORIES[CATEGORY_LETTERS.indexOf(code)],
  );
  const all = new Map<string, RuneRanges>(single);
  const merge = (members: readonly string[]): RuneRanges => toRanges(members.flatMap((name) => single.get(name) ?? []));
  for (const major of 'CLMNPSZ') all.set(major, merge(CATEGORIES.filter((name) => name.startsWith(major))));
  all.set('LC', merge(['Lu', 'Ll', 'Lt']));
  return all;
});

const scripts = lazily((): ReadonlyMap<string, RuneRanges> =>
  decodeRuns(SCRIPT_RUNS, /([0-9a-z]*)([A-Z]{2}|\.)/g, (code) =>
    code === '.' ? undefined : SCRIPTS[(code.charCodeAt(0) - 65) * 26 + code.charCodeAt(1) - 65],
  ),
);

/** Every code point that folds, with the others it folds with. */
const folds = lazily((): ReadonlyMap<number, readonly number[]> => {
  const orbits: number[][] = FOLD_ORBITS.trim()
    .split(',')
    .map((orbit) => orbit.trim().split(' ').map(base36));
  for (const entry of FOLD_PAIRS.trim().split(',')) {
    const [first = 0, distance = 0, count = 1, stride = 1] = entry.trim().split(' ').map(base36);
    for (let index = 0; index < count; index += 1)
      orbits.push([first + index * stride, first + index * stride + distance]);
  }
  const all = new Map<number, readonly number[]>();
  for (const orbit of orbits) {
    for (const rune of orbit)
      all.set(
        rune,
        orbit.filter((other) => other !== rune),
      );
  }
  return all;
});

function base36(text: string): number {
  return Number.parseInt(text, 36);
}

/** The code points that fold, ascending, and at the same index what they fold with. */
const foldable = lazily(
  (): { readonly runes: readonly number[]; readonly partners: readonly (readonly number[])[] } => {
    const entries = [...folds()].toSorted(([a], [b]) => a - b);
    return { runes: entries.map(([rune]) => rune), partners: entries.map(([, partners]) => partners) };
  },
);

/** The code points of a general category (`Lu`, `L`, `Cn`, `LC`), or nothing when there is no such category. */
export function categoryRanges(name: string): RuneRanges | undefined {
  return categories().get(name);
}

/** The code points of a script (`Greek`, `Old_Italic`), or nothing when there is no such script. */
export function scriptRanges(name: string): RuneRanges | undefined {
  return scripts().get(name);
}

/** What Go takes for printable: letters, marks, numbers, punctuation, symbols and the ASCII space. */
export const printableRanges: () => RuneRanges = lazily(() =>
  toRanges([0x20, 0x20, ...[...'LMNPS'].flatMap((major) => categoryRanges(major) ?? [])]),
);

/** The names of all categories, or of all scripts. */
export function propertyNames(kind: 'category' | 'script'): readonly string[] {
  return [...(kind === 'category' ? categories() : scripts()).keys()];
}

/** The other code points that simple case folding makes equal to one. */
export function foldPartners(rune: number): readonly number[] {
  if (rune < MIN_FOLD || rune > MAX_FOLD) return NONE;
  return folds().get(rune) ?? NONE;
}

const NONE: readonly number[] = [];

/** The least of the code points that are equal to one under simple case folding. */
export function leastFold(rune: number): number {
  return Math.min(rune, ...foldPartners(rune));
}

/** Pairs of bounds in any order, overlapping or not, as ranges. */
export function toRanges(pairs: readonly number[]): RuneRanges {
  let sorted = true;
  for (let index = 2; index < pairs.length; index += 2) {
    if ((pairs[index] as number) <= (pairs[index - 1] as number) + 1) {
      sorted = false;
      break;
    }
  }
  if (sorted) return pairs;
  // A pair as one number sorts without a comparison function.
  const keys = new Float64Array(pairs.length / 2);
  for (let index = 0; index < keys.length; index += 1) {
    keys[index] = (pairs[2 * index] as number) * PAIR + (pairs[2 * index + 1] as number);
  }
  keys.sort();
  const ranges: number[] = [];
  for (const key of keys) {
    const lo = Math.floor(key / PAIR);
    const hi = key % PAIR;
    const last = ranges.length - 1;
    const end = ranges[last];
    if (end !== undefined && lo <= end + 1) ranges[last] = Math.max(end, hi);
    else ranges.push(lo, hi);
  }
  return ranges;
}

/** More than any code point. */
const PAIR = 0x200000;

/** All code points that are not in the ranges. */
export function negateRanges(ranges: RuneRanges): RuneRanges {
  const rest: number[] = [];
  let next = 0;
  for (let index = 0; index < ranges.length; index += 2) {
    const lo = ranges[index] as number;
    if (next < lo) rest.push(next, lo - 1);
    next = (ranges[index + 1] as number) + 1;
  }
  if (next <= MAX_RUNE) rest.push(next, MAX_RUNE);
  return rest;
}

/** The ranges with everything that simple case folding makes equal to their members. */
export function foldRanges(ranges: RuneRanges): RuneRanges {
  const added: number[] = [];
  forEachMissingFold(ranges, (rune) => added.push(rune, rune));
  return added.length === 0 ? ranges : toRanges([...ranges, ...added]);
}

/** True when folding adds nothing to the ranges. */
export function isFoldClosed(ranges: RuneRanges): boolean {
  let isClosed = true;
  forEachMissingFold(ranges, () => {
    isClosed = false;
  });
  return isClosed;
}

/** Visits what folds with a member of the ranges and is none itself, perhaps more than once. */
function forEachMissingFold(ranges: RuneRanges, visit: (rune: number) => void): void {
  const { runes, partners } = foldable();
  for (let index = 0; index < ranges.length; index += 2) {
    const lo = ranges[index] as number;
    const hi = ranges[index + 1] as number;
    for (let at = lowerBound(runes, lo); at < runes.length && (runes[at] as number) <= hi; at += 1) {
      for (const other of partners[at] as readonly number[]) {
        if ((other < lo || other > hi) && !inRanges(other, ranges)) visit(other);
      }
    }
  }
}

/** The index of the first element that is not less than a value. */
function lowerBound(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** True when a code point is in the ranges. */
export function inRanges(rune: number, ranges: RuneRanges): boolean {
  let low = 0;
  let high = ranges.length >>> 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ranges[2 * middle + 1] as number) < rune) low = middle + 1;
    else high = middle;
  }
  const from = ranges[2 * low];
  return from !== undefined && from <= rune;
}
