//! The words that a guesser in the Netherlands tries first and that zxcvbn's English lists lack. Only very common
//! choices belong here, so that ordinary passphrases keep their score.

/// In lower-case ASCII; `spelling` matches accents, capitals and digits in the place of letters. A word of fewer than
/// five letters counts only as a separate word.
pub(crate) const WORDS: [&str; 12] = [
    // Words about passwords and signing in.
    "wachtwoord wachtwoorden wachtwoordje paswoord password passwort passw welkom welkom01 welcome geheim geheime \
     secret toegang inloggen login inlog aanmelden admin administrator beheer beheerder gebruiker gast test \
     testen proef tijdelijk temp nieuw nieuwe verander veranderen vergeten changeme letmein computer laptop \
     internet account pincode code sleutel",
    // Keyboard rows and counting.
    "qwerty qwertyuiop qwert qwer azerty azertyuiop azert asdf asdfg asdfgh asdfghjkl zxcv zxcvbn zxcvbnm qazwsx \
     wsxedc 1q2w3e4r 1q2w3e4r5t 1qaz2wsx q1w2e3r4 abc abcd abcde abcdef abc123 123 1234 12345 123456 1234567 12345678 \
     123456789 1234567890 111 1111 000 0000 321 4321 54321 654321 987654321",
    // Days.
    "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag weekend vandaag morgen gisteren monday tuesday \
     wednesday thursday friday saturday sunday",
    // Months.
    "januari februari maart april mei juni juli augustus september oktober november december january february \
     march may june july august october",
    // Seasons and holidays.
    "lente voorjaar zomer zomers najaar herfst winter winters seizoen spring summer autumn vakantie zomervakantie \
     kerst kerstmis kerstfeest christmas sinterklaas pasen pinksteren carnaval koningsdag verjaardag feest jaar \
     nieuwjaar",
    // Affection, greetings and family.
    "liefde liefste lieverd lieve schat schatje schatjes ikhouvanjou houvanjou ikhouvan iloveyou love hallo hoi \
     doei groetjes gezellig lekker geluk gelukkig leven mama papa moeder vader oma opa kind kinderen kindjes \
     familie zusje broertje baby hond hondje poes poesje kat katje paard paardje vriend vriendin vriendje sterk \
     voor mij jou jij van mijn",
    // Clubs and heroes.
    "ajax feyenoord psv voetbal football nec vitesse twente oranje holland nederland netherlands superman batman \
     pokemon pikachu dragon monkey princess sunshine",
    // Care.
    "zorg zorgen thuiszorg zuster zusters broeder verpleging verpleger verpleegster verpleegkundige verzorging \
     verzorgende verpleeghuis verzorgingshuis ziekenhuis hospital kliniek dokter arts apotheek medicijn medisch \
     patient patienten client clienten bewoner bewoners kraamzorg jeugdzorg ouderenzorg gezondheid gezond huisarts \
     polikliniek poli spoed afdeling team dienst nachtdienst dagdienst planning maasziekenhuis zorghuis",
    // Work.
    "werk werken kantoor bedrijf organisatie personeel medewerker collega manager directie receptie servicedesk \
     helpdesk",
    // Places.
    "boxmeer nijmegen cuijk gennep venray venlo oss uden veghel grave mill malden wijchen beuningen druten elst \
     arnhem eindhoven helmond denbosch shertogenbosch tilburg breda roermond maastricht sittard heerlen weert horst \
     bergen vierlingsbeek overloon sambeek beugen amsterdam rotterdam denhaag utrecht groningen zwolle deventer \
     apeldoorn enschede almere haarlem leiden delft brabant limburg gelderland maas landvancuijk",
    // First names of the Netherlands.
    "daan sem lucas levi finn noah luuk jesse milan bram lars thijs thomas tim ruben max sven stijn jan piet kees \
     henk wim gerard peter paul mark martijn jeroen bas rob robin rick dennis patrick marcel erik frank johan \
     michel michael kevin jordy joost pieter willem hans theo ton jos harrie emma julia mila tess sophie zoe sara \
     nora saar anna eva lotte fleur isa lisa anouk femke sanne iris esmee britt amber kim linda monique petra \
     ingrid marieke annemarie mariska esther miranda marloes manon bianca wendy chantal angelique yvonne karin \
     maria johanna margriet jolanda jacqueline marjan truus riet mohamed mohammed ahmed fatima",
    // Everyday things that commonly precede a year.
    "bloem bloemen bloemetje zon zonnetje zonneschijn vlinder vlinders koffie appel appels appeltje kaas pannenkoek \
     fiets123 hallo123 hond123 auto motor muziek dansen voetballen paarden honden katten kat123",
];
