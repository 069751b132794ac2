// Daedal
