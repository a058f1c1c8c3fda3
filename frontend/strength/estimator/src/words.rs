//! The words that a guesser in the Netherlands tries first and that zxcvbn's English lists lack. Only very common
//! choices belong here, so that ordinary passphrases keep their score.

/// In lower-case ASCII; `spelling` matches accents, capitals and digits in the place of letters. A word of fewer than
/// five letters counts only as a separate word.
pub(crate) const WORDS: [&str; 27] = [
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
    // Sentences and words about passwords.
    "laatmeerin laatmebinnen sesamopenu mijnwachtwoord nieuwwachtwoord sterkwachtwoord superuser gebruikersnaam \
     toegangscode inlogcode pincodes geheimpje onbekend weetikniet weetniet geenidee",
    // Days and moments.
    "week vrijdagmiddag vrijdagavond zaterdagavond zondagmorgen maandagmorgen maandagochtend oudjaar oudejaarsavond \
     kwartaal bevrijdingsdag dodenherdenking moederdag vaderdag hemelvaart valentijn valentijnsdag halloween \
     kerstman kerstboom kerstvakantie zwartepiet paasei paashaas dierendag dankjewel",
    // Greetings and exclamations.
    "goedemorgen goedemiddag goedenavond goedenacht welterusten hallowereld helloworld hoihoi doeidoei dankje \
     bedankt alsjeblieft proost alaaf hoera hiephoi lekkerbelangrijk joepie houdoe ziens succes sterkte \
     beterschap",
    // Terms of affection and people.
    "mamaenpapa papaenmama mijnschat moppie knuffel knuffelbeer kusjes kusje prinses prinsesje koningin kleinkind \
     opaenoma opaoma gezin trouwdag bruiloft",
    // Animals.
    "olifant konijn konijntje dolfijn giraffe beertje panda lieveheersbeestje poezenbeest kitten puppy labrador",
    // Food and drink.
    "boterham chocolade hagelslag stroopwafel frikandel bitterbal bitterballen pindakaas appeltaart poffertjes \
     pannenkoeken sinaasappel aardbei aardbeien kaasbroodje worstenbroodje boerenkool stamppot erwtensoep hutspot \
     zuurkool hamburger spaghetti lasagne macaroni koekje koekjes snoepje dropje biertje wijntje rodewijn \
     heineken grolsch bavaria jupiler limonade",
    // Flowers, weather and nature.
    "zonnebloem zonnebloemen paardenbloem regenboog sneeuwpop sneeuwvlok zonsondergang",
    // Sport.
    "hupholland hollandhup oranjeboven elftal doelpunt kampioen schaatsen wielrennen fietsen korfbal volleybal \
     basketbal handbal hardlopen vierdaagse nijmeegse paardrijden formule1 verstappen maxverstappen ferrari \
     redbull messi ronaldo cruijff johancruijff robben sneijder vanpersie liverpool barcelona realmadrid arsenal \
     chelsea manchester juventus bayern dortmund anderlecht clubbrugge",
    // Clubs of the Netherlands.
    "vvv fortuna fortunasittard heracles sparta excelsior heerenveen cambuur willemii willem2 nac nacbreda rodajc \
     toposs fcdenbosch fcutrecht fcgroningen fctwente goahead goaheadeagles azalkmaar volendam deopgraafschap \
     degraafschap mvv helmondsport",
    // Brands, devices and entertainment.
    "playstation nintendo supermario zelda minecraft fortnite roblox iphone samsung apple google facebook \
     instagram youtube whatsapp netflix microsoft windows tesla volkswagen mercedes bmw toyota peugeot renault \
     volvo audi yamaha kawasaki suzuki harley harleydavidson ducati playmobil barbie frozen nijntje dikkertje \
     jipenjanneke donaldduck mickey mickeymouse starwars skywalker harrypotter hogwarts gandalf hobbit metallica \
     beatles madonna andrehazes hazes guusmeeuwis rowwenheze peppa",
    // Care.
    "zorgverlener zorgcentrum zorgmedewerker zorgzaam zorgdossier wijkverpleging wijkzorg wijkteam bejaarden \
     bejaardenhuis bejaardenzorg verzorger verpleegafdeling verpleeghulp activiteitenbegeleider fysio \
     fysiotherapie fysiotherapeut ergotherapie logopedie logopedist revalidatie dementie palliatief psycholoog \
     psychiater tandarts verloskundige kraamhulp ambulance spoedeisendehulp operatiekamer medicatie medicijnen \
     vaccinatie corona covid covid19 quarantaine nachtzorg dagbesteding dagopvang intensivecare hartbewaking \
     laboratorium radiologie rontgen",
    // Work and school.
    "kantoortuin schoonmaak administratie financien loonstrook boekhouding secretariaat secretaresse teamleider \
     leidinggevende stagiair stagiaire koffiepauze lateshift vroegedienst latedienst avonddienst weekenddienst \
     pensioen",
    // The region and the country.
    "maasheggen maasduinen maasvallei maasbree maasland maasdijk raamvallei depeel peelland noordbrabant \
     noordlimburg zuidlimburg noordholland zuidholland zeeland friesland fryslan drenthe overijssel flevoland \
     achterhoek twenteland betuwe landvanmaasenwaal hertogenbosch rijswijk alkmaar zaandam amersfoort hilversum \
     dordrecht schiedam vlaardingen zoetermeer middelburg vlissingen terneuzen bergenopzoom roosendaal waalwijk \
     valkenswaard geldrop nuenen veldhoven boxtel schijndel vught sanders sintanthonis anthonis rijkevoort \
     oeffelt gassel stevensbeek wanroij ledeacker escharen katwijk landhorst elsendorp gemert someren panningen \
     blerick afferden siebengewald wellerlooi grubbenvorst swolgen tienray meerlo wanssum blitterswijck meterik \
     castenray leunen oostrum ysselsteyn heide merselo nieuwbergen ottersum milsbeek plasmolen groesbeek heumen \
     ewijk winssen zaltbommel culemborg zutphen doetinchem winterswijk zevenaar wageningen barneveld harderwijk \
     meppel emmeloord leeuwarden sneek drachten belgie antwerpen brussel brugge duitsland kleve kevelaer keulen \
     dusseldorf frankrijk parijs londen engeland spanje italie griekenland turkije istanbul marokko suriname \
     curacao aruba indonesie jakarta polen oekraine ibiza mallorca tenerife newyork amerika",
    // International.
    "letmein123 passwd iloveyou2 baseball basketball soccer hockey1 master123 shadow michael1 jennifer jordan23 \
     trustno1 freedom starwars1 ashley nicole jessica daniel andrew joshua charlie ginger summertime winterfell",
    // Proverbs and songs.
    "langzalzeleven langzalhijleven zieginsdekomt vaderjacob wilhelmus wilhelmusvannassouwe eendrachtmaaktmacht \
     wiedanleeft wiedanzorgt",
];
